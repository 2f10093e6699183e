#!/usr/bin/env pwsh

<#
.SYNOPSIS
The monthly disaster recovery test: restores the newest backup of every store into a throwaway PostgreSQL and proves it.
.DESCRIPTION
Takes the place of a dr-test.sh that restores into a container and counts the rows of two tables. Every table's rows and digest are
compared with what the backup says it holds, and the environment file's own queries are asked. From cron (/etc/cron.d):

    0 4 1 * *  backup  /usr/bin/pwsh -NoProfile -NonInteractive -File /opt/ops/monthly-drill.ps1 -Environment /etc/ops/shop.yaml -Report /var/lib/ops/drills.jsonl
#>
[CmdletBinding()]
param(
    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # The database's name in the environment file.
    [string] $Database = 'main',

    # One JSON line for each drill is added to this file.
    [string] $Report
)

# Without this, a script that failed for one item goes on and ends with exit code 0.
$ErrorActionPreference = 'Stop'
Import-Module OpsModule
$null = Connect-OpsEnvironment $Environment

# A drill that could not be made is an error, too. All of them are to be made and reported first.
$drills = @(Get-OpsBackup $Database -Full -Latest | Invoke-OpsRecoveryDrill -ErrorAction Continue -ErrorVariable problems)
if ($Report) { $drills | ForEach-Object { $_ | ConvertTo-Json -Depth 5 -Compress -EnumsAsStrings } | Add-Content $Report }

if (-not $drills) { throw "No drill could be made of '$Database'." }
$drills | Assert-OpsResult
if ($problems) { throw "Not every drill passed: $($problems.Count) failed." }
