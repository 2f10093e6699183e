BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $id = (Backup-OpsDatabase main -Store local -Environment $shop).Id
    Set-OpsBackupPin $id -Reason 'for a day' -Environment $shop
}

Describe 'Remove-OpsBackupPin' {
    It 'takes the pin away, once' {
        (Remove-OpsBackupPin $id -PassThru -Confirm:$false -Environment $shop).Pinned | Should -BeFalse
        Remove-OpsBackupPin $id -Confirm:$false -Environment $shop -Verbose 4>&1 | Out-String | Should -BeLike '*nothing to do*'
    }

    It 'can be taken back' {
        Get-OpsChange -Last 5 -Environment $shop | Where-Object Action -eq Remove-OpsBackupPin | Select-Object -First 1 | Undo-OpsChange -Confirm:$false -Environment $shop
        (Get-OpsBackup -Environment $shop).Pinned | Should -BeTrue
    }
}
