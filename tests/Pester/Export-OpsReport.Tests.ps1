BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: seen`nchecks: { gone: { tcp: '127.0.0.1:1' } }" | Set-Content "$folder/ops.yaml"
}

Describe 'Export-OpsReport' {
    It 'makes a page of anything, and replaces none unless told' {
        $report = & { Test-OpsHealth gone -Environment $folder; Get-Item "$folder/ops.yaml" | Select-Object Name, Length } | Export-OpsReport "$folder/r.html"
        $report.Records | Should -Be 2
        $report.ExitCode | Should -Be 1
        Get-Content -Raw "$folder/r.html" | Should -BeLike '<!doctype html>*ops.yaml*'
        { Test-OpsHealth gone -Environment $folder | Export-OpsReport "$folder/r.html" } | Should -Throw -ErrorId 'ReportExists*'
    }
}
