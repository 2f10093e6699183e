BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Tenant demo -Store local -Environment $shop
    $null = Invoke-Sql $shop "DELETE FROM tenant_demo.customers WHERE id > 10"
    $null = Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -Confirm:$false -Environment $shop
}

Describe 'Get-OpsRestore' {
    It 'lists what can be undone, with what it takes in space' {
        $kept = Get-OpsRestore -Environment $shop
        $kept.Tenant | Should -Be 'demo'
        "$($kept.State)" | Should -Be 'Replaced'
        $kept.Size | Should -BeGreaterThan 0
        Get-OpsRestore -Tenant acme -Environment $shop | Should -BeNullOrEmpty
    }
}
