BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Tenant demo -Store local -Environment $shop
    $null = Invoke-Sql $shop "DELETE FROM tenant_demo.customers WHERE id > 10"
}

Describe 'Restore-OpsDatabase' {
    It 'shows with -WhatIf what would come back, and changes nothing' {
        Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -WhatIf -Environment $shop | Should -Not -BeNullOrEmpty
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '10'
    }

    It 'brings a tenant back and keeps what it replaced' {
        $restore = Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -Confirm:$false -Environment $shop
        $restore.State | Should -Be 'Replaced'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '100'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_acme.customers' | Should -Be '100'
        @(Get-OpsRestore -Environment $shop).Count | Should -Be 1
    }
}
