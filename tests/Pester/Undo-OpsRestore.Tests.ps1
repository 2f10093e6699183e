BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-RestoredShop
}

Describe 'Undo-OpsRestore' {
    It 'puts back what the restore replaced, but not with -WhatIf' {
        Get-OpsRestore -Environment $shop | Undo-OpsRestore -WhatIf -Environment $shop
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '100'
        Get-OpsRestore -Environment $shop | Undo-OpsRestore -Confirm:$false -Environment $shop | Out-Null
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be '10'
    }
}
