BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-RestoredShop
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
