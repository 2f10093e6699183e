BeforeAll {
    . $PSScriptRoot/Shared.ps1
    & age-keygen -o "$folder/identity.txt" 2>$null
    $recipient = & age-keygen -y "$folder/identity.txt"
    $null = New-Item -ItemType Directory "$folder/evidence"
    @"
environment: shop
platform: { host: {} }
backups: { stores: { safe: { path: evidence } }, encryption: { recipients: [ $recipient ] } }
secrets: { session: { random: {}, uses: [ { file: app.env, key: SESSION } ] } }
lockdown: { secrets: [ session ] }
"@ | Set-Content "$folder/ops.yaml"
    'SESSION=first-session-key' | Set-Content "$folder/app.env"
}

Describe 'Invoke-OpsSecurityLockdown' {
    It 'shows what would be done, and does nothing' {
        $plan = Invoke-OpsSecurityLockdown 'exercise' -Environment $folder -WhatIf -WarningAction SilentlyContinue
        $plan.Steps.Name | Should -Be 'evidence', 'rotation'
        $plan.Irreversible | Should -BeTrue
        Get-ChildItem "$folder/evidence" | Should -BeNullOrEmpty
    }

    It 'keeps evidence that the key alone opens, and says what is not declared' {
        $result = Invoke-OpsSecurityLockdown 'a breach' -Environment $folder -Confirm:$false -WarningAction SilentlyContinue
        $result.IsComplete | Should -BeTrue
        $result.PSTypeNames[0] | Should -Be 'OpsModule.LockdownResult'
        (Get-FileHash $result.Evidence).Hash | Should -Be $result.EvidenceSha256
        & age -d -i "$folder/identity.txt" -o "$folder/opened.tar" $result.Evidence
        & tar -tf "$folder/opened.tar" | Should -Contain 'about.json'
        Get-Content "$folder/app.env" -Raw | Should -Not -Match 'first-session-key'
        "$(($result.Parts | Where-Object Part -EQ Keys).State)" | Should -Be 'Undeclared'
    }

    It 'is refused where nothing says what it does' {
        "environment: bare" | Set-Content (New-Item -Force "$folder/bare/ops.yaml")
        { Invoke-OpsSecurityLockdown 'x' -Environment "$folder/bare" -Confirm:$false -ErrorAction Stop } | Should -Throw '*does not say what a lockdown does*'
    }
}

Describe 'examples/incident-lockdown.ps1' {
    It 'locks down, and ends well when nothing is open' {
        & $pwsh -NoProfile -Command "Import-Module '$manifest'; & '$root/examples/incident-lockdown.ps1' -Environment '$folder/ops.yaml' -Reason 'once more'; exit `$LASTEXITCODE" *> "$folder/said.txt"
        $LASTEXITCODE | Should -Be 0 -Because (Get-Content "$folder/said.txt" -Raw)
        Get-Content "$folder/said.txt" -Raw | Should -Match 'EvidenceSha256'
    }
}
