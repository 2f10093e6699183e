BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $made = Backup-OpsEnvironment -Store local -Environment $shop -WarningAction SilentlyContinue
}

Describe 'Restore-OpsEnvironment' {
    It 'shows what it would do, and that parts are of different moments' {
        $null = Invoke-Sql $shop 'DELETE FROM tenant_demo.customers'
        $plan = $made | Restore-OpsEnvironment -Environment $shop -WhatIf
        $plan.Kind | Should -Be 'restore.environment'
        @($plan.Parts.Kind) | Should -Be 'restore.database'
        "$($plan.Warnings)" | Should -Match 'apart'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be 0
    }

    It 'restores, and is taken back' {
        $done = Restore-OpsEnvironment $made.Id -Environment $shop -Confirm:$false -WarningAction SilentlyContinue
        $done.Outcome | Should -Be 'Completed'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be 100
        $null = Undo-OpsChange -Id $done.Id -Environment $shop -Confirm:$false -WarningAction SilentlyContinue
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be 0
    }

    It 'refuses what contradicts itself, and what is no set' {
        { Restore-OpsEnvironment $made.Id -KeepServices -Service api -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'ParametersConflict*'
        { Restore-OpsEnvironment 20260101T000000Z-ffffff -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'BackupSetNotFound*'
    }
}
