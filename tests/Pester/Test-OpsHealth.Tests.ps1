BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: well`nchecks: { here: { dns: localhost }, gone: { tcp: '127.0.0.1:1' } }" | Set-Content "$folder/ops.yaml"
}

Describe 'Test-OpsHealth' {
    It 'says of each check how it is' {
        $results = @(Test-OpsHealth checks -Environment $folder)
        ($results | Where-Object Status -EQ Unhealthy).Check | Should -Be 'gone'
        ($results | Where-Object Status -EQ Healthy).Check | Should -Be 'here'
        ($results | Format-Table | Out-String -Width 80) -split "`n" | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 80 }
    }

    It 'sums up in one line with the exit code for a monitoring system' {
        $summary = Test-OpsHealth here -Quiet -Environment $folder
        "$summary" | Should -Be 'OPS OK - 1 check, all healthy'
        ($summary | Out-String).Trim() | Should -Be "$summary"
        $summary.ExitCode | Should -Be 0
        (Test-OpsHealth checks -Quiet -Environment $folder).ExitCode | Should -Be 2
    }
}
