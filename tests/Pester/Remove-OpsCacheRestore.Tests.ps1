BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-CacheShop
    $made = Backup-OpsCache -Environment $shop | Restore-OpsCache -Confirm:$false -Environment $shop
}

Describe 'Remove-OpsCacheRestore' {
    It 'gives the memory back, after which nothing can be put back' {
        $kept = $made.KeptIn[0]
        [int](Invoke-Redis '-n', $kept, dbsize) | Should -Be 5
        $made | Remove-OpsCacheRestore -Confirm:$false -Environment $shop
        [int](Invoke-Redis '-n', $kept, dbsize) | Should -Be 0
        { Undo-OpsChange $made.Id -Confirm:$false -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'CacheReplacedGone*'
        { Remove-OpsCacheRestore $made.Id -Confirm:$false -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'CacheReplacedGone*'
    }
}
