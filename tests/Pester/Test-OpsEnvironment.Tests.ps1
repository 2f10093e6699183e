BeforeAll { . $PSScriptRoot/Shared.ps1 }

Describe 'Test-OpsEnvironment' {
    It 'names each mistake with its place, and what was meant' {
        "environment: wrong`ndatabses: { }" | Set-Content "$folder/wrong.yaml"
        $found = @(Test-OpsEnvironment -Environment "$folder/wrong.yaml" | Where-Object Severity -EQ Error)
        $found.Count | Should -Be 1
        "$($found.Message)" | Should -Match 'databases'
        $found.Line | Should -Be 2
    }

    It 'reads the lines of a schedule as PowerShell does, and knows its own cmdlets' {
        @'
environment: lines
schedule:
  good: { at: "0 2 * * *", run: "Get-OpsBackup main -Latest | Test-OpsBackup -Level Structure | Assert-OpsResult" }
  typo: { at: "0 2 * * *", run: "Backup-OpsDatabse main" }
  parameter: { at: "0 2 * * *", run: "Get-OpsBackup main -Tennant demo" }
  broken: { at: "0 2 * * *", run: "Get-Date | | Get-Date" }
  ends: { at: "0 2 * * *", run: "Get-Date; exit 1" }
  comment: { at: "0 2 * * *", run: "# later" }
  other: { at: "0 2 * * *", run: "no-such-program --now" }
  own: { at: "0 2 * * *", run: "function Get-Mine { 1 }; Get-Mine" }
'@ | Set-Content "$folder/lines.yaml"
        $found = @(Test-OpsEnvironment "$folder/lines.yaml" | Where-Object Severity -NE Information | Sort-Object Line)
        $found | ForEach-Object { "$($_.Line) $($_.Severity) $($_.Code)" } | Should -Be @(
            '4 Error CommandUnknown', '5 Error ParameterUnknown', '6 Error ScheduleLineInvalid', '7 Error ScheduleLineInvalid', '8 Error ScheduleLineInvalid', '9 Warning CommandUnknown')
        $found[0].Nearest | Should -Be 'Backup-OpsDatabase'
        $found[1].Nearest | Should -Be 'Tenant'
    }

    It 'tries every server with -Connect' {
        $shop = New-Shop
        $said = @(Test-OpsEnvironment -Connect -Environment $shop)
        $said | Where-Object Severity -EQ Error | Should -BeNullOrEmpty
        "$($said.Message)" | Should -Match 'PostgreSQL 1'
    }
}
