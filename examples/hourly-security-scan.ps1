#!/usr/bin/env pwsh
<#
.SYNOPSIS
The hourly look for attacks: what happened in the last hour, who is told of it, a page to read, and a list of who to block.
.DESCRIPTION
Takes the place of a security-scan.sh that counts "CRITICAL|SECURITY|AUDIT LOG FAILURE" with grep and writes a line. From cron (/etc/cron.d):

    5 * * * *  root  /usr/bin/pwsh -NoProfile -NonInteractive -File /opt/ops/hourly-security-scan.ps1 -Environment /etc/ops/shop.yaml -Path /var/log/nginx/access.log

Receivers are those of the environment file (alerts); an hour without attacks ends what was told before.
#>
[CmdletBinding()]
param(
    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # The logs to look into.
    [Parameter(Mandatory)] [string[]] $Path,

    # What is let pass: your own networks and monitoring, as addresses and networks, or path:, agent: and rule: with a pattern.
    [string[]] $Allow = @('127.0.0.0/8'),

    # Where the report is written; none without it.
    [string] $Report,

    # Where addresses to be denied are written for nginx; none without it.
    [string] $BlockList,

    # An address is denied after so many matches within the hour.
    [int] $MinMatches = 20
)

# Without this, a script that failed for one item goes on and ends with exit code 0.
$ErrorActionPreference = 'Stop'
Import-Module OpsModule
$null = Connect-OpsEnvironment $Environment

$attacks = Measure-OpsAttack -Path $Path -Since 1h -Allow $Allow -Top 100
$attacks
$told = @($attacks | Send-OpsAlert)
if ($Report) { $null = $attacks | Export-OpsReport $Report -Force }
if ($BlockList) { $attacks | Export-OpsBlockList $BlockList -As Nginx -Allow $Allow -MinMatches $MinMatches }

$failed = @($told | Where-Object Outcome -eq 'Failed')
if ($failed) { throw "$($failed.Count) receivers could not be told." }
