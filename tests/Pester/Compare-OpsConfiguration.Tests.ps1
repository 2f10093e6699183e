BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-ConfiguredShop -Encrypted
}

Describe 'Compare-OpsConfiguration' {
    It 'says that there is no backup, then that nothing differs, then what does' {
        { Compare-OpsConfiguration -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'BackupNotFound*'
        $first = Backup-OpsConfiguration -Environment $shop
        Compare-OpsConfiguration -Environment $shop | Should -BeNullOrEmpty
        "PORT=4001`nAPI_TOKEN=Zz9yX8wV7uT6sR5qP4oN" | Set-Content "$shop/app.env"
        $found = Compare-OpsConfiguration -Environment $shop
        $found.PSObject.TypeNames[0] | Should -Be 'OpsModule.ConfigurationDifference'
        $found.Change | Should -Be 'Changed'
        $found.Diff | Should -Match '\+PORT=4001'
        $found.Diff | Should -Not -Match 'Zz9yX8w|Kq7v9X'
        $second = Backup-OpsConfiguration -Environment $shop
        ($first | Compare-OpsConfiguration -With $second -Environment $shop).Path | Should -Be 'app.env'
        (Compare-OpsConfiguration $first.Id -With $second.Id -Environment $shop).With | Should -Be $second.Id
        "$($found | Format-Table | Out-String -Width 80)" | Should -Match 'app.env'
    }
}
