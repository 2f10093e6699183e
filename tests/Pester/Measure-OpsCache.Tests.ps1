BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-CacheShop
}

Describe 'Measure-OpsCache' {
    It 'tells what is in a backup' {
        $report = Backup-OpsCache -Environment $shop | Measure-OpsCache -Environment $shop
        $report.Keys | Should -Be 4
        ($report.Prefixes | Where-Object Name -eq 't:').Keys | Should -Be 3
        $report.Biggest | Should -HaveCount 4
    }

    It 'tells what is in a file, by deeper prefixes' {
        redis-cli -p $global:OpsPesterRedisPort --rdb "$TestDrive/dump.rdb" 2>$null | Out-Null
        $report = Measure-OpsCache -Path "$TestDrive/*.rdb" -Depth 2
        ($report.Prefixes | Where-Object Name -eq 't:demo:').Keys | Should -Be 2
    }

    It 'refuses what is no RDB' {
        'PGDMP0000' | Set-Content "$TestDrive/no.txt"
        { Measure-OpsCache -LiteralPath "$TestDrive/no.txt" -ErrorAction Stop } | Should -Throw -ErrorId 'RdbDamaged*'
    }
}
