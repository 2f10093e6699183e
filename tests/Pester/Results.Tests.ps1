# Results that come out of another process of PowerShell: the same verdict, the same table, the same exit code.

BeforeAll {
    $script:module = Join-Path $PSScriptRoot '../../out/OpsModule/OpsModule.psd1' | Resolve-Path | ForEach-Object Path
    Import-Module $script:module
    Set-Content (Join-Path $TestDrive 'ops.yaml') "environment: shop`nchecks: { closed: { tcp: `"127.0.0.1:1`" } }"
    $script:folder = (Resolve-Path $TestDrive).ProviderPath
    $started = Start-Job { Import-Module $using:module; Test-OpsHealth closed -Environment $using:folder }
    $script:job = $started | Wait-Job | Receive-Job
    Remove-Job $started
    $script:live = Test-OpsHealth closed -Environment $script:folder
}

Describe 'Results of a job' {
    It 'carry their short name' { $job.PSTypeNames[0] | Should -Be 'Deserialized.OpsModule.HealthResult' }
    It 'have the verdict of the live result' {
        [OpsModule.Verdict]::Of($job) | Should -Be 'Unhealthy'
        [OpsModule.Verdict]::IsBad($job) | Should -BeTrue
    }
    It 'make the report of the live result' {
        $report = $job | Export-OpsReport (Join-Path $folder 'r.html') -Force
        $report.Verdict, $report.ExitCode | Should -Be 'Unhealthy', 1
    }
    It 'end a script' { { $job | Assert-OpsResult } | Should -Throw '*1 of 1 result is bad*closed*' }
    It 'look like the live result' { ($job | Out-String -Width 120) | Should -Be ($live | Out-String -Width 120) }
    It 'are told of their environment' { $job.Environment | Should -Be 'shop' }
}

Describe 'Results in CSV of another language' {
    It 'keep verdict, figures and times in <_>' -ForEach 'de-DE', 'en-GB', 'tr-TR' {
        $before = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = $_
            $csv = Join-Path $folder "r-$_.csv"
            $live | Export-Csv $csv
            $read = Import-Csv $csv
            [OpsModule.Verdict]::Of($read) | Should -Be 'Unhealthy'
            ($read | Assert-OpsResult -ErrorAction SilentlyContinue -ErrorVariable bad) | Should -BeNullOrEmpty
        }
        catch { $_.Exception.Message | Should -BeLike '1 of 1 result is bad*' }
        finally { [cultureinfo]::CurrentCulture = $before }
    }
}

Describe 'What is said, stored and sent' {
    It 'is the same in every language, which comes back after' {
        $before = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            $said = Test-OpsHealth disk.free -Environment $folder | ForEach-Object { $_.Message; (1.5).ToString() }
            @($said | Where-Object { $_ -match '\d,\d (B|KiB|MiB|GiB|TiB|%)' }) | Should -BeNullOrEmpty
            $said | Should -Contain '1,5'
        }
        finally { [cultureinfo]::CurrentCulture = $before }
    }
}
