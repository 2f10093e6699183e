# Runs tests and counts them. Dot-sourced by build.ps1.

$TestResults = 'out/test-results'

function Get-TestOption([string] $Project, [string] $Filter, [string] $Name) {
    'test', "tests/$Project/$Project.csproj", '-c', ($env:OPS_CONFIGURATION ?? 'Release'), '--no-build', '--nologo', '--logger', "trx;LogFileName=$Name.trx",
    '--logger', 'console;verbosity=minimal', '--results-directory', $TestResults, '--blame-hang-timeout', '10m', '--blame-hang-dump-type', 'none'
    if ($Filter) { '--filter', $Filter }
}

# A sum of what ended as no run of tests does: one failure, whose name says what happened.
function New-BrokenCount([string] $Said) {
    Write-Host $Said
    [pscustomobject]@{ Passed = 0; Failed = 1; Skipped = 0; Failures = @($Said) }
}

# What a run wrote, and what it ended with: passed, failed, skipped, and which failed. What ended without a result counts as failed.
function Get-TestCount([string] $Name, [int] $Code) {
    $trx = "$TestResults/$Name.trx"
    if (-not (Test-Path $trx)) { return New-BrokenCount "$Name ended (exit code $Code) without a result." }
    $run = ([xml](Get-Content -Raw $trx)).TestRun
    $counters = $run.ResultSummary.Counters
    $count = [pscustomobject]@{
        Passed = [int]$counters.passed; Failed = [int]$counters.failed; Skipped = [int]$counters.total - [int]$counters.passed - [int]$counters.failed
        Failures = @($run.Results.UnitTestResult | Where-Object outcome -EQ 'Failed' | ForEach-Object { Get-FailureLine $_.testName $_.Output.ErrorInfo.Message })
    }
    $broken = Get-BrokenOff $run $Code $count.Failed | ForEach-Object { "$Name $_" }
    if ($broken) {
        Write-Host $broken
        $count.Failed++
        $count.Failures = @($count.Failures) + $broken
    }
    $count
}

# Why a run has not reached its end; nothing when it has. One that was ended in the middle has failures of its own or none: what it never came to counts.
function Get-BrokenOff($Run, [int] $Code, [int] $Failed) {
    $summary = $Run.ResultSummary
    $ended = @($summary.RunInfos.RunInfo.Text | Where-Object { $_ -match 'aborted|inactivity' })
    if ($ended) { return "broke off: $("$($ended[0])".Trim())" }
    if ($Code -and -not $Failed) { return "broke off (exit code $Code)." }
    if ([int]$summary.Counters.total -eq 0) { return 'found no tests.' }
}

# A failed test's name and the first line of what it said that says something.
function Get-FailureLine([string] $Name, [string] $Message) {
    $first = "$($Message -split '\r?\n' | Where-Object { $_.Trim() } | Select-Object -First 1)".Trim()
    $first ? "$Name`: $first" : $Name
}

function Write-TestFailure($Counts) {
    $failures = @($Counts | ForEach-Object { $_.Failures } | Where-Object { $_ })
    if ($failures) { Write-Host "`nFailed:" }
    $failures | ForEach-Object { Write-Host "  $_" }
}

# The last lines of a log are what people look at: which tests failed, then the sum.
function Write-TestSum($Counts) {
    $sum = @{}
    foreach ($kind in 'Passed', 'Failed', 'Skipped') { $sum[$kind] = [int]($Counts | Measure-Object $kind -Sum).Sum }
    Write-TestFailure $Counts
    Write-Host "`n$($sum.Passed) passed, $($sum.Failed) failed, $($sum.Skipped) skipped"
    [int]($sum.Failed + $sum.Skipped -gt 0)
}

# Runs one xUnit project, or of it what the filter names.
function Invoke-TestProject([string] $Project, [string] $Filter, [string] $Name = $Project) {
    Write-Host "`n== $Name"
    $options = Get-TestOption $Project $Filter $Name
    dotnet @options | Out-Host
    Get-TestCount $Name $LASTEXITCODE
}

# Runs several at once: they wait for their servers more than they compute. What each says comes when the one before it has ended.
function Invoke-TestRuns([object[]] $Runs) {
    $begun = foreach ($run in $Runs) {
        $said = "$TestResults/$($run.Name)"
        # Start-Process puts its arguments into one line.
        $options = Get-TestOption $run.Project $run.Filter $run.Name | ForEach-Object { "`"$_`"" }
        $process = Start-Process dotnet -PassThru -RedirectStandardOutput "$said.log" -RedirectStandardError "$said.err" -ArgumentList $options
        $null = $process.Handle # else its exit code is not kept
        [pscustomobject]@{ Name = $run.Name; Process = $process; Said = $said }
    }
    foreach ($run in $begun) {
        $run.Process.WaitForExit()
        Write-Host "`n== $($run.Name)"
        Get-Content "$($run.Said).log", "$($run.Said).err" | Out-Host
        Get-TestCount $run.Name $run.Process.ExitCode
    }
}

# The engine's tests in two: those of one Docker engine follow one another, so each half has an engine of its own.
function Get-EngineHalf {
    $changing = 'Rollouts', 'Secrets' | ForEach-Object { "OpsModule.Engine.Tests.$_." }
    @{ Project = 'OpsModule.Engine.Tests'; Name = 'engine'; Filter = ($changing | ForEach-Object { "FullyQualifiedName!~$_" }) -join '&' }
    # Updates under load take the whole machine: 'prove rollouts' runs them.
    @{ Project = 'OpsModule.Engine.Tests'; Name = 'engine-changing'; Filter = "($(($changing | ForEach-Object { "FullyQualifiedName~$_" }) -join '|'))&FullyQualifiedName!~Rollouts.Loaded" }
}

# The Pester tests, or what of them takes minutes (*.Prove.ps1), or needs a cluster (*.Cluster.ps1).
function Invoke-PesterGroup([switch] $Prove, [string] $Kind = ($Prove ? 'Prove' : 'Tests')) {
    $name = $Kind -eq 'Tests' ? 'pester' : "pester-$($Kind.ToLowerInvariant())"
    $which = @(switch ($Kind) { 'Prove' { '-Prove' } 'Cluster' { '-Kind', 'Cluster' } })
    Write-Host "`n== $name"
    $file = "$TestResults/$name.json"
    & $env:OPS_PWSH -NoProfile -File tests/Pester/Invoke-Tests.ps1 -ResultPath $file @which | Out-Host
    $code = $LASTEXITCODE
    if (-not (Test-Path $file)) { return New-BrokenCount "$name ended (exit code $code) without a result." }
    $count = Get-Content -Raw $file | ConvertFrom-Json
    if ($code -and -not $count.Failed) {
        $count.Failed = 1
        $count.Failures = @($count.Failures) + "$name broke off (exit code $code)."
    }
    $count
}

function Clear-TestResults {
    Remove-Item $TestResults -Recurse -Force -ErrorAction Ignore
    $null = New-Item -ItemType Directory -Force $TestResults
}

# Every test: three xUnit projects and the Pester group. Its last line, and only that, is the sum, after the names of what failed; the
# exit code is 0 when all passed.
function Invoke-AllTests {
    Find-Pester
    Clear-TestResults
    # Images of containers set it where there is no ICU; tests run in German and Turkish, too.
    $env:DOTNET_SYSTEM_GLOBALIZATION_INVARIANT = $null
    $counts = if (Invoke-Compile) {
        Invoke-TestProject OpsModule.Architecture.Tests
        Invoke-TestRuns (@(Get-EngineHalf) + @{ Project = 'OpsModule.Cmdlets.Tests'; Name = 'OpsModule.Cmdlets.Tests'; Filter = '' })
        Invoke-PesterGroup
    }
    else { New-BrokenCount 'The solution does not build.' }
    Write-TestSum $counts
}
