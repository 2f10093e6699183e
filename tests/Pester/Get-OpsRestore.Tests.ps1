BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-RestoredShop
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
