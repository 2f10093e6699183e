BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
}

Describe 'Invoke-OpsRecoveryDrill' {
    It 'restores into a server of its own, compares every table and leaves nothing' {
        $drill = Get-OpsBackup main -Full -Latest -Environment $shop | Invoke-OpsRecoveryDrill -Environment $shop
        $drill.Passed | Should -BeTrue -Because "$($drill.Failures)"
        $drill.Tables | Should -Be 2
        $drill.Rows | Should -Be 200
        Get-ChildItem "$shop/.ops/drills" -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}
