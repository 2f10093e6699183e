BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
}

Describe 'Resume-OpsChange' {
    It 'says that a change has ended' {
        { Get-OpsChange -Environment $shop | Resume-OpsChange -Environment $shop -ErrorAction Stop } | Should -Throw '*has ended (Completed)*'
    }

    It 'says that there is no such change, and that nothing of a target is left' {
        { Resume-OpsChange nothing -Environment $shop -ErrorAction Stop } | Should -Throw '*has no change nothing*'
        { Resume-OpsChange -Target 'database/*' -Environment $shop -ErrorAction Stop } | Should -Throw '*unfinished or waits*'
    }

    It 'does nothing when nothing is due' {
        Resume-OpsChange -Due -Environment $shop | Should -BeNullOrEmpty
    }
}
