BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
    Invoke-Sql $shop 'DELETE FROM tenant_demo.customers WHERE id > 2'
    $lacking = Backup-OpsDatabase main -Store local -Environment $shop -WarningVariable warned -WarningAction SilentlyContinue
}

Describe 'Approve-OpsBackup' {
    It 'is asked for by a backup that lacks rows, and by health' {
        "$warned" | Should -BeLike '*98 % fewer rows*Approve-OpsBackup*'
        $lacking.Losses | Should -BeLike '*tenant_demo.customers has 98 % fewer rows (100 before, 2 now)*'
        (Test-OpsHealth -Check backup.losses -Environment $shop | Where-Object Target -Like '*local').Status | Should -Be 'Degraded'
    }

    It 'says that it was meant, and why stays in the journal' {
        $lacking | Approve-OpsBackup -Reason 'CHG-81' -Environment $shop
        (Test-OpsHealth -Check backup.losses -Environment $shop | Where-Object Target -Like '*local').Status | Should -Be 'Healthy'
        (Get-OpsChange -Last 1 -Environment $shop).Message | Should -BeLike '*CHG-81*'
    }
}
