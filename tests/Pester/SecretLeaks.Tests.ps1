BeforeDiscovery {
    $places = 'transcript', 'screen', 'streams', 'errors', 'clixml', 'plan', 'state'
}

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $name = Split-Path -Leaf $shop
    $null = Invoke-Sql $shop "CREATE ROLE ${name}_admin SUPERUSER LOGIN PASSWORD 'admin-pw-2Kd'; CREATE ROLE ${name}_own NOLOGIN; CREATE ROLE ${name}_a LOGIN PASSWORD 'pester-first-3Fw' IN ROLE ${name}_own; CREATE ROLE ${name}_b LOGIN IN ROLE ${name}_own; ALTER ROLE ${name}_a IN DATABASE $name SET role = ${name}_own; ALTER ROLE ${name}_b IN DATABASE $name SET role = ${name}_own"
    # The server's socket lets everybody in; a password counts at its address.
    @"
environment: shop
databases: { main: { host: 127.0.0.1, port: $env:PGPORT, name: $name, user: ${name}_admin, password: "env:LEAKS_ADMIN" } }
secrets:
  session: { random: {}, uses: [ { file: app.env, key: SESSION } ] }
  mail: { value: { proof: none }, uses: [ { file: app.env, key: MAIL } ] }
  db: { postgres: { database: main, logins: [ ${name}_a, ${name}_b ], owner: ${name}_own }, uses: [ { file: app.env, key: URL, in: "postgres://{login}:{value}@db/shop" } ] }
"@ | Set-Content "$shop/ops.yaml"
    "SESSION=session-first-8Ud`nMAIL=mail-first-9Xc`nURL=postgres://${name}_a:pester-first-3Fw@db/shop" | Set-Content "$shop/app.env"
    $handedIn = 'handed-in-value-4Tm'
    $handedIn | Set-Content "$shop/value.txt"
    # A line that begins no change, so that each place is seen to have what is put there.
    $control = 'control-value-6Rb'

    # A session as somebody has it who wants to see all.
    $script = @"
`$ErrorView = 'DetailedView'
`$VerbosePreference = `$DebugPreference = `$InformationPreference = 'Continue'
Set-Location '$shop'
`$env:LEAKS_ADMIN = 'admin-pw-2Kd'
`$given = Get-Content value.txt | ConvertTo-SecureString -AsPlainText
`$null = Start-Transcript '$shop/transcript.txt'
Write-Host '$control'
`$all = & {
    Write-Verbose '$control'; Write-Debug '$control'; Write-Warning '$control'; Write-Error '$control'; [pscustomobject]@{ Control = '$control' }
    Get-OpsSecret; Test-OpsSecret
    Invoke-OpsSecretRotation session, db -WhatIf
    Invoke-OpsSecretRotation session, db -Confirm:`$false
    Invoke-OpsSecretRotation mail -Value `$given -Reason '$control' -PlanFile plan.json
    Invoke-OpsPlan plan.json -Confirm:`$false
    Complete-OpsSecretRotation mail -Confirm:`$false
    Invoke-OpsSecretRotation mail -Value `$given -Confirm:`$false
    Invoke-OpsSecretRotation unknown
    Invoke-OpsPlan plan.json -Confirm:`$false
    Find-OpsSecretUse session; Get-OpsEnvFileValue app.env
    Get-OpsSecret; Test-OpsSecret; Get-OpsChange
} *>&1
`$all | Format-List * -Force | Out-String -Width 4000 | Set-Content streams.txt
`$all | Out-Default
`$all | Export-Clixml all.clixml -Depth 8
`$Error | Format-List * -Force | Out-String -Width 4000 | Set-Content errors.txt
`$Error | ForEach-Object { `$_.Exception.ToString(); `$_.ErrorDetails; `$_.TargetObject; `$_.ScriptStackTrace; `$_.InvocationInfo.PSCommandPath } | Add-Content errors.txt
`$null = Stop-Transcript
"@
    $ran = Invoke-Script $script
    $ran.Said | Set-Content "$shop/screen.txt"
    "$control" | Set-Content "$shop/.ops/control"
    $texts = @{
        transcript = Get-Content -Raw "$shop/transcript.txt"; screen = $ran.Said; streams = Get-Content -Raw "$shop/streams.txt"
        errors = Get-Content -Raw "$shop/errors.txt"; clixml = Get-Content -Raw "$shop/all.clixml"
        plan = Get-Content -Raw "$shop/plan.json"
        state = (Get-ChildItem "$shop/.ops" -Recurse -File -Force | ForEach-Object { [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($_)) }) -join "`n"
    }
    $used = @{}
    Get-Content "$shop/app.env" | ForEach-Object { $key, $value = $_ -split '=', 2; $used[$key] = $value -replace '^postgres://[^:]+:(.*)@db/shop$', '$1' }
    $verifier = Invoke-Sql $shop "SELECT rolpassword FROM pg_authid WHERE rolname = '${name}_b'"
}

Describe 'A rotation that is looked at in every way' {
    It 'was made' {
        $used.MAIL | Should -BeExactly $handedIn
        $used.SESSION | Should -Not -BeLike 'session-first*'
        $used.URL | Should -Not -BeLike 'pester-first*'
        $verifier | Should -BeLike 'SCRAM-SHA-256$*'
        $texts.streams | Should -Match 'has no secret unknown'
        $texts.errors | Should -Match 'DriftDetected'
    }

    It 'leaves no value and no verifier in the <_>' -ForEach $places {
        $texts[$_].Contains($control) | Should -BeTrue -Because 'what stands there has to be found'
        $secrets = 'session-first-8Ud', 'admin-pw-2Kd', 'mail-first-9Xc', 'pester-first-3Fw', $handedIn, $used.SESSION, $used.URL, $verifier, ($verifier -split '[$:]')[-1], ($verifier -split '[$:]')[-2]
        $secrets | Should -Not -Contain ''
        foreach ($secret in $secrets) { $texts[$_].Contains($secret) | Should -BeFalse -Because "$($secret.Substring(0, 4))... is a secret" }
    }
}
