BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
}

Describe 'Get-OpsBackupSet' {
    It 'lists sets, the newest of each store, and names what one lacks' {
        $made = Backup-OpsEnvironment -Environment $shop -WarningAction SilentlyContinue
        @($made).Count | Should -Be 2
        @(Get-OpsBackupSet -Environment $shop).Count | Should -Be 2
        (Get-OpsBackupSet "$($made[0].Id.Substring(0, 8))*" -Store local -Environment $shop).Id | Should -Be $made[0].Id
        { Get-OpsBackupSet 20260101T000000Z-ffffff -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'BackupSetNotFound*'
        $null = Get-OpsBackup main -Store local -Environment $shop | Remove-OpsBackup -Force -Confirm:$false -Environment $shop
        $set = Get-OpsBackupSet -Store local -Latest -Environment $shop
        $set.IsComplete | Should -BeFalse
        $set.Missing | Should -Match 'Database main'
        { $set | Assert-OpsResult } | Should -Throw
        { $set | Restore-OpsEnvironment -Environment $shop -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId 'BackupSetIncomplete*'
        "$($set | Format-Table | Out-String -Width 80)" | Should -Match 'it is gone'
    }
}
