#!/usr/bin/env pwsh

<#
.SYNOPSIS
The checks of the morning, in one page: what is wrong first, and what to do.
.DESCRIPTION
Takes the place of docker compose ps, curl, psql, redis-cli, df, docker stats, and grep through the logs, one after another, by hand.
What is looked at stands in the environment file; examples/morning-check/README.md shows which check of a handbook is which line of it.
From cron (/etc/cron.d):

    30 6 * * *  ops  /usr/bin/pwsh -NoProfile -NonInteractive -File /opt/ops/morning-check.ps1 -Environment /etc/ops/shop.yaml -Path /srv/reports/morning.html

It ends with 0 when nothing is Unhealthy or Unknown, 1 when something is, and 2 when something could not be looked at or the page could
not be written. What could not be looked at is said, and the rest is looked at all the same.
.PARAMETER Environment
The environment file.
.PARAMETER Path
The page to write; that of the day before is replaced.
.PARAMETER Since
How far back logs, events and changes are read.
.PARAMETER Certificate
Endpoints, as host or host:port, whose certificates are shown beside those that the environment file has checked.
.PARAMETER SkipBackupTest
Does not read the newest backups again. Without it every one is read whole and compared with its digest, from wherever it lies.
.PARAMETER Alert
Also tells the receivers of the environment (alerts:) what is not healthy, and what has become healthy again.
.EXAMPLE
./morning-check.ps1 -Environment examples/morning-check/ops.yaml -Path morning.html
Writes morning.html, and ends with a code that a scheduler understands.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Environment,
    [string] $Path = 'morning.html',
    [string] $Since = '24h',
    [string[]] $Certificate = @(),
    [switch] $SkipBackupTest,
    [switch] $Alert
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
try {
    Import-Module OpsModule
    $shop = Connect-OpsEnvironment $Environment
}
catch {
    [Console]::Error.WriteLine("morning-check: $_")
    exit 2
}

# Not within try: there the first error would end it all.
$ErrorActionPreference = 'Continue'
$Error.Clear()
$written = & {
    # First, so that the age of the last verified backup is that of today.
    if (-not $SkipBackupTest) { Get-OpsBackup -Latest | Test-OpsBackup }
    $health = @(Test-OpsHealth -Samples 10)
    $health
    if ($Alert) { $health | Send-OpsAlert }
    Get-OpsService
    Get-OpsResourceUsage
    Get-OpsDiskUsage
    if ($Certificate) { Get-OpsCertificate $Certificate }
    Get-OpsBackup -Latest
    Get-OpsLog -Since $Since -Errors
    Get-OpsEvent -Since $Since
    Get-OpsChange -After $Since
} | Export-OpsReport $Path -Title "Morning check of $($shop.Name)" -Force
if (-not $written) { exit 2 }
$written
if ($Error.Count -gt 0) { exit 2 }
exit $written.ExitCode
