#!/usr/bin/env pwsh

<#
.SYNOPSIS
Breaks a lab of its own in more than 30 known ways, and looks whether health says so.
.DESCRIPTION
Starts a PostgreSQL with a standby, a Redis with a replica, nginx with TLS, and services on a Docker engine of its own, all on loopback.
Then it breaks one thing after another: each time Test-OpsHealth has to name it within one round, with the right remedy, and nothing else
that does not follow from it; and to be silent again as soon as it is mended. Then come rounds in which nothing is broken and nothing may
be said. The figures of this machine (disks, memory, processors) are left out: it may be as busy as it likes.

It needs root, for the engine's bridge, and the servers' programs; no network. Nothing is left behind. It ends with 0 when all was
told as it should be, else with 1; with 2 when the lab could not be made.
.PARAMETER Only
Only the faults whose names fit one of these patterns.
.PARAMETER Rounds
How many rounds are looked at in which nothing is broken.
.PARAMETER Quiet
Says only what went wrong, and the last line.
.EXAMPLE
./game-day.ps1 -Only '*replica*' -Rounds 0
Breaks only what has to do with replicas.
#>
[CmdletBinding()]
param(
    [string[]] $Only = @('*'),
    [ValidateRange(0, 10000)] [int] $Rounds = 5,
    [switch] $Quiet
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$root = (Resolve-Path "$PSScriptRoot/..").Path
$Lab = $null
. "$PSScriptRoot/game-day/lab.ps1"
$wrong = [Collections.Generic.List[string]]::new()
$checks = 'service.state', 'service.restarts', 'service.memory', 'service.logs', 'service.http', 'database', 'cache', 'certificate', 'checks', 'journal'

function Write-Said([string] $Line) { if (-not $Quiet) { Write-Host $Line } }

# What is not well, in one round.
function Get-Finding { @(Test-OpsHealth $checks -Environment $Lab.File -Problem) }

function Test-Fault($Fault) {
    $problems = [Collections.Generic.List[string]]::new()
    foreach ($optional in 'Also', 'Follows') { if (-not $Fault.ContainsKey($optional)) { $Fault[$optional] = @() } }
    try { & $Fault.Break }
    catch {
        # What came of it must not spoil the next.
        try { & $Fault.Mend } catch { Write-Verbose "$_" }
        throw
    }
    $found = Get-Finding
    $named = @($found | Where-Object { $_.Check -eq $fault.Check -and $_.Target -eq $fault.Target })
    if (-not $named) { $problems.Add("$($fault.Check) of $($fault.Target) does not tell of it") }
    foreach ($one in $named) {
        if ($one.Message -notmatch $fault.Says) { $problems.Add("it says '$($one.Message)', not '$($fault.Says)'") }
        if ($one.Remedy -notmatch $fault.Remedy) { $problems.Add("its remedy is '$($one.Remedy)', not '$($fault.Remedy)'") }
        if ($one.CausedBy) { $problems.Add("it is said to follow from $($one.CausedBy)") }
    }
    $cause = "$($fault.Check) of $($fault.Target)"
    foreach ($follower in $fault.Follows) {
        if (-not ($found | Where-Object { "$($_.Check) of $($_.Target)" -eq $follower -and $_.CausedBy -eq $cause })) { $problems.Add("$follower is not said to follow from $cause") }
    }
    foreach ($other in $found | Where-Object { -not $_.CausedBy }) {
        $name = "$($other.Check) of $($other.Target)"
        if ($name -ne $cause -and -not ($fault.Also | Where-Object { $name -like $_ })) { $problems.Add("beside it, $other") }
    }
    & $fault.Mend
    foreach ($left in Get-Finding) { $problems.Add("mended, and still: $left") }
    $problems
}

try {
    Import-Module OpsModule
    $folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "ops-game-day-$([guid]::NewGuid().ToString('n').Substring(0, 8))")).FullName
    Write-Said 'Making the lab'
    Start-Lab $folder $root
    $before = Get-Finding
    if ($before) { throw "The lab is not well before anything was broken: $($before -join '; ')" }
}
catch {
    [Console]::Error.WriteLine("game-day: $_ ($($_.InvocationInfo.PositionMessage))")
    Stop-Lab
    exit 2
}

try {
    $played = 0
    foreach ($fault in . "$PSScriptRoot/game-day/faults.ps1") {
        if (-not ($Only | Where-Object { $fault.Name -like $_ })) { continue }
        $played++
        $problems = @(try { Test-Fault $fault } catch { "it could not be played: $_ ($($_.ScriptStackTrace -split "`n" | Select-Object -First 2))" })
        if (-not $problems) { Write-Said "told    $($fault.Name)" }
        foreach ($problem in $problems) {
            $wrong.Add("$($fault.Name): $problem")
            Write-Host "WRONG   $($fault.Name): $problem"
        }
    }
    for ($round = 1; $round -le $Rounds; $round++) {
        foreach ($alarm in Get-Finding) {
            $wrong.Add("round $round`: $alarm")
            Write-Host "ALARM   round $round`: $alarm"
        }
    }
    Write-Host "$played faults, $Rounds rounds without any: $($wrong.Count ? "$($wrong.Count) things were not as they should be" : 'all was told as it should be')."
}
finally { Stop-Lab }
exit [int]($wrong.Count -gt 0)
