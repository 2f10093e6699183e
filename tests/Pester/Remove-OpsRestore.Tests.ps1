BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Tenant demo -Store local -Environment $shop
    $null = Invoke-Sql $shop "DELETE FROM tenant_demo.customers WHERE id > 10"
    $null = Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -Confirm:$false -Environment $shop
}

Describe 'Remove-OpsRestore' {
    It 'drops what was kept for good, but not with -WhatIf' {
        Get-OpsRestore -Environment $shop | Remove-OpsRestore -WhatIf -Environment $shop
        @(Get-OpsRestore -Environment $shop).Count | Should -Be 1
        Get-OpsRestore -Environment $shop | Remove-OpsRestore -Confirm:$false -Environment $shop | Out-Null
        Get-OpsRestore -Environment $shop | Should -BeNullOrEmpty
        Invoke-Sql $shop "SELECT string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_|^information'" | Should -Be 'public,tenant_acme,tenant_demo'
    }
}
