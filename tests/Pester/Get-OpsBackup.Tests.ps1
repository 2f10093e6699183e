BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
    $null = Backup-OpsDatabase main -Tenant demo, acme -Store local -Environment $shop
}

Describe 'Get-OpsBackup' {
    It 'lists what the stores hold, the newest first' {
        $all = @(Get-OpsBackup -Environment $shop)
        $all.Count | Should -Be 3
        $all.Id | Should -Be ($all.Id | Sort-Object -Descending)
    }

    It 'finds a tenant, the whole, and one by its id' {
        (Get-OpsBackup main -Tenant demo -Environment $shop).Tenant | Should -Be 'demo'
        @(Get-OpsBackup main -Full -Environment $shop).Tenant | Should -BeNullOrEmpty
        $one = Get-OpsBackup main -Tenant acme -Latest -Environment $shop
        (Get-OpsBackup -Id $one.Id -Environment $shop).Tenant | Should -Be 'acme'
    }

    It 'takes a time as how long ago' {
        Get-OpsBackup -Before 1h -Environment $shop | Should -BeNullOrEmpty
        @(Get-OpsBackup -After 1h -Environment $shop).Count | Should -Be 3
    }
}
