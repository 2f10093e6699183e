BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $id = (Backup-OpsDatabase main -Store local -Environment $shop).Id
}

Describe 'Set-OpsBackupPin' {
    It 'keeps a backup from being removed, and says until when and why' {
        $pinned = Get-OpsBackup -Environment $shop | Set-OpsBackupPin -Until 30d -Reason 'before the migration' -PassThru -Environment $shop
        $pinned.Pinned | Should -BeTrue
        (Get-OpsBackup -Environment $shop).Pinned | Should -BeTrue
        $null = Backup-OpsDatabase main -Store local -Environment $shop
        Remove-OpsBackup $id -Confirm:$false -Environment $shop -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'BackupPinned*'
        "$($errors[0])" | Should -BeLike '*before the migration*'
    }

    It 'plans with -WhatIf, and refuses an end that has passed' {
        (Set-OpsBackupPin $id -Reason 'x' -WhatIf -Environment $shop).Kind | Should -Be 'backup.mark'
        { Set-OpsBackupPin $id -Reason 'x' -Until 2020-01-01 -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'PinOver*'
    }
}
