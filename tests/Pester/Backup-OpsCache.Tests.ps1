BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-CacheShop
}

Describe 'Backup-OpsCache' {
    It 'stores the cache, counted, and its structure is tested' {
        $made = Backup-OpsCache main -Environment $shop
        $made.Kind | Should -Be 'Cache'
        $made.Cache.Keys | Should -Be 4
        ($made | Test-OpsBackup -Level Structure -Environment $shop).Passed | Should -BeTrue
        (Get-OpsBackup main -Kind Cache -Environment $shop).Id | Should -Be $made.Id
    }

    It 'changes nothing with -WhatIf' {
        $before = @(Get-OpsBackup -Environment $shop).Count
        (Backup-OpsCache -WhatIf -Environment $shop).Target | Should -Be 'cache/main'
        @(Get-OpsBackup -Environment $shop).Count | Should -Be $before
    }

    It 'says what cache there is not' {
        { Backup-OpsCache absent -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'CacheUnknown*'
    }
}
