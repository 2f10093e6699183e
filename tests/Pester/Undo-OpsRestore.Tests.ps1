BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Tenant demo -Store local -Environment $shop
    $null = Invoke-Sql $shop "DELETE FROM tenant_demo.customers WHERE id > 10"
    $null = Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -Confirm:$false -Environment $shop
}

Describe 'Undo-OpsRestore' {
    It 'puts back what the restore replaced, but not with -WhatIf' {
        Get-OpsRestore -Environment $shop | Undo-OpsRestore -WhatIf -Environment $shop
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '100'
        Get-OpsRestore -Environment $shop | Undo-OpsRestore -Confirm:$false -Environment $shop | Out-Null
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '10'
    }
}
