#!/usr/bin/env pwsh

<#
.SYNOPSIS
The hourly look for attacks: what is new since the last one, who is told of it, a page to read, and a list of who to block.
.DESCRIPTION
Takes the place of a security-scan.sh that counts "CRITICAL|SECURITY|AUDIT LOG FAILURE" with grep and writes a line, and of greps for
"union.*select", "cross-tenant" and "Rate limit exceeded" beside it. From cron (/etc/cron.d):

    5 * * * *  root  /usr/bin/pwsh -NoProfile -NonInteractive -File /opt/ops/hourly-security-scan.ps1 -Environment /etc/ops/shop.yaml -Baseline /var/lib/ops/attacks.json

It ends with 0 when nothing new is of severity High or worse, 1 when something is, and 2 when a scan failed or something could not be written or told.
A log of which a part cannot be read is a warning, and the rest is done all the same. Rates (bursts) are counted among what is new: one that crosses the hour is seen in the block list's
scan only.

Receivers are those of the environment file (alerts); an hour without attacks ends what was told before. What is no attack stands there, too
(attacks.allow): your own networks, monitoring, and the proxies in front of you, which a block list must never hold.
.PARAMETER Environment
The environment file.
.PARAMETER Baseline
The file that remembers how far each log was read, so that each attack is told once. It is made by the first run.
.PARAMETER Service
Services to look into; all of them without it and without -Path.
.PARAMETER Path
Log files in place of services. Give all names that a file can have after rotation: access.log*.
.PARAMETER Report
The page to write; that of the hour before is replaced. None without it.
.PARAMETER BlockList
The file of addresses to be denied; none without it. Loading it is up to you; the result says how.
.PARAMETER As
For which program the block list is.
.PARAMETER Since
How far back the block list looks: an address is free again when it has done nothing for so long.
.PARAMETER MinMatches
An address is denied after so many matches within -Since.
.EXAMPLE
./hourly-security-scan.ps1 -Environment shop.yaml -Baseline attacks.json -Path /var/log/nginx/access.log* -Report attacks.html -BlockList blocked.conf
Looks into log files, writes a page and a block list for nginx, and ends with a code that a scheduler understands.
#>
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory)] [string] $Environment,
    [Parameter(Mandatory)] [string] $Baseline,
    [string[]] $Service,
    [string[]] $Path,
    [string] $Report,
    [string] $BlockList,
    [ValidateSet('Nginx', 'Nftables', 'Fail2ban', 'CrowdSec', 'HAProxy')] [string] $As = 'Nginx',
    [string] $Since = '1d',
    [int] $MinMatches = 20
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
try {
    Import-Module OpsModule
    $null = Connect-OpsEnvironment $Environment
}
catch {
    [Console]::Error.WriteLine("hourly-security-scan: $_")
    exit 2
}

# From here on an error of one step does not end the others.
$ErrorActionPreference = 'Continue'
$Error.Clear()
$logs = @{}
if ($Path) { $logs.Path = $Path }
elseif ($Service) { $logs.Service = $Service }

# A scan that failed has found nothing out, which is not the same as no attacks: nobody is told anything then.
$new = $told = $null
$new = Find-OpsAttackPattern @logs -Baseline $Baseline | Measure-OpsAttack -Top 100
if ($new) {
    $new
    $told = $new | Send-OpsAlert
    $told
    if ($Report) { $new | Export-OpsReport $Report -Title 'Attacks' -Force }
}
if ($BlockList) { Measure-OpsAttack @logs -Since $Since -Top 1000 | Export-OpsBlockList $BlockList -As $As -MinMatches $MinMatches }

if (-not $new -or $Error.Count -gt 0 -or ($told | Where-Object Outcome -EQ 'Failed')) { exit 2 }
if ($new.Severity -in 'High', 'Critical') { exit 1 }
exit 0
