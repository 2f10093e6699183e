# Runs tests and counts them. Dot-sourced by build.ps1.

$TestResults = 'out/test-results'

function Get-TestOption([string] $Project, [string] $Filter, [string] $Name) {
    'test', "tests/$Project/$Project.csproj", '-c', ($env:OPS_CONFIGURATION ?? 'Release'), '--no-build', '--nologo', '--logger', "trx;LogFileName=$Name.trx",
    '--logger', 'console;verbosity=minimal', '--results-directory', $TestResults, '--blame-hang-timeout', '10m', '--blame-hang-dump-type', 'none'
    if ($Filter) { '--filter', $Filter }
}

# What a run wrote, and what it ended with: passed, failed, skipped. What ended without a result counts as failed.
function Get-TestCount([string] $Name, [int] $Code) {
    $trx = "$TestResults/$Name.trx"
    if (-not (Test-Path $trx)) {
        Write-Host "$Name ended (exit code $Code) without a result."
        return [pscustomobject]@{ Passed = 0; Failed = 1; Skipped = 0 }
    }
    $counters = ([xml](Get-Content -Raw $trx)).TestRun.ResultSummary.Counters
    $count = [pscustomobject]@{ Passed = [int]$counters.passed; Failed = [int]$counters.failed; Skipped = [int]$counters.total - [int]$counters.passed - [int]$counters.failed }
    if ($Code -and -not $count.Failed) {
        Write-Host "$Name broke off (exit code $Code)."
        $count.Failed = 1
    }
    elseif ([int]$counters.total -eq 0) {
        Write-Host "$Name found no tests."
        $count.Failed = 1
    }
    $count
}

# Runs one xUnit project, or of it what the filter names.
function Invoke-TestProject([string] $Project, [string] $Filter, [string] $Name = $Project) {
    Write-Host "`n== $Name"
    $options = Get-TestOption $Project $Filter $Name
    dotnet @options | Out-Host
    Get-TestCount $Name $LASTEXITCODE
}

# Runs two at once: the first waits for its servers more than it computes. What the second says comes when both have ended.
function Invoke-TestProjectPair([string] $First, [string] $Second) {
    $said = "$TestResults/$Second.log"
    $beside = Start-Process dotnet -PassThru -RedirectStandardOutput $said -RedirectStandardError "$TestResults/$Second.err" -ArgumentList (Get-TestOption $Second '' $Second)
    $null = $beside.Handle # else its exit code is not kept
    try { Invoke-TestProject $First }
    finally {
        $beside.WaitForExit()
        Write-Host "`n== $Second"
        Get-Content $said, "$TestResults/$Second.err" | Out-Host
    }
    Get-TestCount $Second $beside.ExitCode
}

# The Pester tests, or what of them takes minutes (*.Prove.ps1).
function Invoke-PesterGroup([switch] $Prove) {
    $name = $Prove ? 'pester-prove' : 'pester'
    $which = @(if ($Prove) { '-Prove' })
    Write-Host "`n== $name"
    $file = "$TestResults/$name.json"
    & $env:OPS_PWSH -NoProfile -File tests/Pester/Invoke-Tests.ps1 -ResultPath $file @which | Out-Host
    $code = $LASTEXITCODE
    if (-not (Test-Path $file)) {
        Write-Host "$name ended (exit code $code) without a result."
        return [pscustomobject]@{ Passed = 0; Failed = 1; Skipped = 0 }
    }
    $count = Get-Content -Raw $file | ConvertFrom-Json
    if ($code -and -not $count.Failed) { $count.Failed = 1 }
    $count
}

function Clear-TestResults {
    Remove-Item $TestResults -Recurse -Force -ErrorAction Ignore
    $null = New-Item -ItemType Directory -Force $TestResults
}

# Every test: three xUnit projects and the Pester group. Its last line, and only that, is the sum; the exit code is 0 when all passed.
function Invoke-AllTests {
    Find-Pester
    Clear-TestResults
    # Images of containers set it where there is no ICU; tests run in German and Turkish, too.
    $env:DOTNET_SYSTEM_GLOBALIZATION_INVARIANT = $null
    $counts = if (Invoke-Compile) {
        Invoke-TestProject OpsModule.Architecture.Tests
        Invoke-TestProjectPair OpsModule.Engine.Tests OpsModule.Cmdlets.Tests
        Invoke-PesterGroup
    }
    else {
        Write-Host 'The solution does not build.'
        [pscustomobject]@{ Passed = 0; Failed = 1; Skipped = 0 }
    }
    $sum = @{}
    foreach ($kind in 'Passed', 'Failed', 'Skipped') { $sum[$kind] = [int]($counts | Measure-Object $kind -Sum).Sum }
    Write-Host "`n$($sum.Passed) passed, $($sum.Failed) failed, $($sum.Skipped) skipped"
    [int]($sum.Failed + $sum.Skipped -gt 0)
}
