BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Tenant demo -Store local -Environment $shop
    $null = Invoke-Sql $shop "DELETE FROM tenant_demo.customers WHERE id > 10"
}

Describe 'Restore-OpsDatabase' {
    It 'shows with -WhatIf what would come back, and changes nothing' {
        $plan = Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -WhatIf -Environment $shop
        $plan.Kind | Should -Be 'restore.tenant'
        "$($plan.Figures | Where-Object Name -eq customers)" | Should -Be 'customers: 10 rows become 100'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '10'
    }

    It 'writes a plan that is carried out later, once' {
        Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -PlanFile "$TestDrive/restore.json" -Environment $shop | Out-Null
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '10'
        (Get-OpsPlan "$TestDrive/restore.json" -Environment $shop).Holds | Should -BeTrue
        (Invoke-OpsPlan "$TestDrive/restore.json" -Confirm:$false -Environment $shop).Outcome | Should -Be 'Completed'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '100'
        (Get-OpsPlan "$TestDrive/restore.json" -Environment $shop).Holds | Should -BeFalse
        Get-OpsChange -Last 1 -Environment $shop | Undo-OpsChange -Confirm:$false -Environment $shop | Out-Null
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '10'
        Get-OpsRestore -Environment $shop | Remove-OpsRestore -Confirm:$false -Environment $shop
    }

    It 'brings a tenant back and keeps what it replaced' {
        $restore = Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -Confirm:$false -Environment $shop
        $restore.State | Should -Be 'Replaced'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '100'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_acme.customers' | Should -Be '100'
        @(Get-OpsRestore -Environment $shop).Count | Should -Be 1
    }

    It 'makes the roles that the server lacks with -CreateMissing, and nothing without it' {
        Invoke-Sql $shop 'CREATE ROLE pester_owner NOLOGIN; CREATE TABLE public.owned (id int); ALTER TABLE public.owned OWNER TO pester_owner' | Out-Null
        $whole = Backup-OpsDatabase main -Store local -Environment $shop
        Invoke-Sql $shop 'DROP TABLE public.owned; DROP ROLE pester_owner' | Out-Null
        function Get-Owner { Invoke-Sql $shop "SELECT count(*) FROM pg_roles WHERE rolname = 'pester_owner'" }
        { $whole | Restore-OpsDatabase -As shop_back -Confirm:$false -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'RolesMissing*'
        $plan = $whole | Restore-OpsDatabase -As shop_back -CreateMissing -WhatIf -Environment $shop
        $plan[0].Kind | Should -Be 'server.globals'
        "$($plan[0].Steps)" | Should -Match 'pester_owner'
        Get-Owner | Should -Be '0'
        $restore = $whole | Restore-OpsDatabase -As shop_back -CreateMissing -Confirm:$false -Environment $shop
        $restore.State | Should -Be 'Restored'
        Get-Owner | Should -Be '1'
        { Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -CreateMissing -Confirm:$false -Environment $shop -ErrorAction Stop } |
            Should -Throw -ErrorId 'ParametersConflict*'
    }
}
