#!/usr/bin/env pwsh

<#
.SYNOPSIS
The night of an environment: databases and configuration backed up as one set, looked at, old ones removed, and a drill on Sundays.
.DESCRIPTION
Takes the place of scripts that dump each database, pack /etc and delete what is older than 30 days. From cron (/etc/cron.d):

    0 2 * * *  backup  /usr/bin/pwsh -NoProfile -NonInteractive -File /opt/ops/nightly.ps1 -Environment /etc/ops/shop.yaml

The set is complete or there is none. What goes is said by backups.retention of the environment file; nothing goes in a night that failed. It ends with a
code other than 0 when anything failed, so that cron's mail, systemd or a monitor sees it.
#>
[CmdletBinding()]
param(
    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # The day of the drill, which restores the newest backup of each database into a throwaway server.
    [DayOfWeek] $DrillOn = 'Sunday',

    # Which day it is; for trying it out.
    [DayOfWeek] $Today = [datetime]::UtcNow.DayOfWeek
)

# Without this, a script that failed for one item goes on and ends with exit code 0.
$ErrorActionPreference = 'Stop'
Import-Module OpsModule
$null = Connect-OpsEnvironment $Environment

$sets = @(Backup-OpsEnvironment)
$sets | Assert-OpsResult
"Set $($sets[0].Id) is in $($sets.Store -join ', '); its parts are of moments $($sets[0].Skew) apart."

# Ends the script when one did not pass: old backups are left alone then.
$sets | ForEach-Object { $set = $_; $set.Parts | ForEach-Object { Get-OpsBackup -Id $_.Backup -Kind $_.Kind -Store $set.Store } } |
    Test-OpsBackup -Level Structure | Assert-OpsResult

Remove-OpsBackup -Retention -Confirm:$false | Assert-OpsResult

if ($Today -eq $DrillOn) {
    $sets[0].Parts | Where-Object Kind -EQ Database | ForEach-Object { Get-OpsBackup -Id $_.Backup -Store $sets[0].Store } |
        Invoke-OpsRecoveryDrill | Assert-OpsResult
}
