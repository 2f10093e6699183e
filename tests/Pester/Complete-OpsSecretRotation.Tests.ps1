BeforeAll {
    . $PSScriptRoot/Shared.ps1
    @'
environment: shop
secrets:
  session: { random: {}, uses: [ { file: app.env, key: SESSION } ] }
  partner: { value: { proof: none }, uses: [ { file: app.env, key: PARTNER } ] }
'@ | Set-Content "$folder/ops.yaml"
    "SESSION=first-session`nPARTNER=first-partner" | Set-Content "$folder/app.env"
}

Describe 'Complete-OpsSecretRotation' {
    It 'ends a rotation that waited for people, and says that nobody saw the old value refused' {
        $null = Invoke-OpsSecretRotation partner -Value (New-OpsSecretValue) -Environment $folder -WarningAction SilentlyContinue
        "$((Get-OpsSecret partner -Environment $folder).Status)" | Should -Be 'Waiting'
        Complete-OpsSecretRotation partner -Environment $folder -WhatIf
        "$((Get-OpsSecret partner -Environment $folder).Status)" | Should -Be 'Waiting'
        $result = Complete-OpsSecretRotation partner -Environment $folder -Confirm:$false
        "$($result.Outcome)" | Should -Be 'NotProven'
        $result.Words | Should -BeLike '*nothing proves this value*'
        (Get-OpsSecret partner -Environment $folder).LastFinished | Should -Not -BeNullOrEmpty
    }

    It 'says that nothing waits for people where nothing does' {
        { Complete-OpsSecretRotation session -Environment $folder -Confirm:$false -ErrorAction Stop } | Should -Throw '*waits for people*'
    }
}
