BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
}

Describe 'Copy-OpsBackup' {
    It 'changes nothing with -WhatIf' {
        Get-OpsBackup -Store local -Environment $shop | Copy-OpsBackup -Store other -WhatIf -Environment $shop
        Get-OpsBackup -Store other -Environment $shop | Should -BeNullOrEmpty
    }

    It 'brings a backup into another store, as it is' {
        Get-OpsBackup -Store local -Environment $shop | Copy-OpsBackup -Store other -Environment $shop | Out-Null
        $copy = Get-OpsBackup -Store other -Environment $shop
        $copy.Id | Should -Be (Get-OpsBackup -Store local -Environment $shop).Id
        ($copy | Test-OpsBackup -Environment $shop).Passed | Should -BeTrue
    }
}
