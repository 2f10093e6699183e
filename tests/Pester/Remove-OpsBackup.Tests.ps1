BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    1..2 | ForEach-Object { $null = Backup-OpsDatabase main -Store local -Environment $shop }
    $null = Get-OpsBackup -Environment $shop | Test-OpsBackup -Environment $shop
}

Describe 'Remove-OpsBackup' {
    It 'removes nothing with -WhatIf' {
        Get-OpsBackup -Environment $shop | Remove-OpsBackup -WhatIf -Environment $shop -ErrorAction SilentlyContinue
        @(Get-OpsBackup -Environment $shop).Count | Should -Be 2
    }

    It 'spares the last verified one, unless it is forced to' {
        Get-OpsBackup -Environment $shop | Remove-OpsBackup -Confirm:$false -Environment $shop -ErrorAction SilentlyContinue -ErrorVariable errors
        @(Get-OpsBackup -Environment $shop).Count | Should -Be 1
        $errors | Should -HaveCount 1
        Get-OpsBackup -Environment $shop | Remove-OpsBackup -Force -Confirm:$false -Environment $shop
        Get-OpsBackup -Environment $shop | Should -BeNullOrEmpty
    }
}
