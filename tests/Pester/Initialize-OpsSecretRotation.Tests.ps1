BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    Invoke-Sql $shop "CREATE ROLE pester_app LOGIN PASSWORD 'pester-app-secret'; CREATE TABLE public.of_app (i int); ALTER TABLE public.of_app OWNER TO pester_app" | Out-Null
}

AfterAll { Invoke-Sql $shop 'DROP TABLE IF EXISTS public.of_app; DROP ROLE IF EXISTS pester_app, pester_app_b, pester_app_owner' | Out-Null }

Describe 'Initialize-OpsSecretRotation' {
    It 'shows with -WhatIf what it would make, and makes nothing' {
        $plan = Initialize-OpsSecretRotation main -Login pester_app -WhatIf -Environment $shop
        $plan.Kind | Should -Be 'secret.initialize'
        "$($plan.Steps)" | Should -BeLike '*Rename pester_app to pester_app_owner*'
        "$($plan | ConvertTo-Json -Depth 6)" | Should -Not -BeLike '*SCRAM-SHA-256$*'
        Invoke-Sql $shop "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pester_app%'" | Should -Be '1'
    }

    It 'makes two logins under an owner, once, and one again' {
        $layout = Initialize-OpsSecretRotation main -Login pester_app -Confirm:$false -Environment $shop
        $layout.Logins | Should -Be 'pester_app', 'pester_app_b'
        $layout.Entry | Should -Be 'postgres: { database: main, logins: [ pester_app, pester_app_b ], owner: pester_app_owner }'
        Invoke-Sql $shop "SELECT tableowner FROM pg_tables WHERE tablename = 'of_app'" | Should -Be 'pester_app_owner'
        Initialize-OpsSecretRotation main -Login pester_app -Confirm:$false -Environment $shop | Should -BeNullOrEmpty
        Get-OpsChange -Last 1 -Environment $shop | Undo-OpsChange -Confirm:$false -Environment $shop | Out-Null
        Invoke-Sql $shop "SELECT tableowner FROM pg_tables WHERE tablename = 'of_app'" | Should -Be 'pester_app'
        Invoke-Sql $shop "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pester_app%'" | Should -Be '1'
    }

    It 'takes database and login from a secret by its name, which is completed' {
        Add-Content "$shop/ops.yaml" @'
secrets:
  app: { postgres: { database: main, logins: [ pester_app ] }, uses: [ { file: app.env, key: PASSWORD } ] }
  session: { random: {}, uses: [ { file: app.env, key: SESSION } ] }
'@
        $plan = Initialize-OpsSecretRotation -Name app -WhatIf -Environment $shop
        "$($plan.Steps)" | Should -BeLike '*Rename pester_app to pester_app_owner*'
        { Initialize-OpsSecretRotation -Name session -WhatIf -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'SecretLayoutRefused*'
        foreach ($line in "Initialize-OpsSecretRotation -Environment $shop -Name a", "Find-OpsSecretUse -Environment $shop -Name a") {
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'app'
        }
    }

    It 'names a login that is not there' {
        { Initialize-OpsSecretRotation main -Login nobody -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'SecretLoginMissing*'
    }
}
