#!/usr/bin/env pwsh

<#
.SYNOPSIS
The nightly backup: the whole database and every tenant, to all stores, each one looked at after it was stored.
.DESCRIPTION
Takes the place of a backup.sh that pipes pg_dump into gzip, uploads and deletes what is older than 30 days. From cron (/etc/cron.d):

    0 2 * * *  backup  /usr/bin/pwsh -NoProfile -NonInteractive -File /opt/ops/nightly-backup.ps1 -Environment /etc/ops/shop.yaml

It ends with a code other than 0 when anything failed, so that cron's mail, systemd or a monitor sees it.
#>
[CmdletBinding()]
param(
    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # The database's name in the environment file.
    [string] $Database = 'main',

    # Also back up each tenant on its own, so that one can be restored in minutes.
    [switch] $Tenants,

    # Backups older than this are removed; the last verified one of a database or tenant always stays.
    [int] $KeepDays = 30
)

# Without this, a script that failed for one item goes on and ends with exit code 0.
$ErrorActionPreference = 'Stop'
Import-Module OpsModule
$null = Connect-OpsEnvironment $Environment

$made = @(Backup-OpsDatabase $Database)
if ($Tenants) { $made += Backup-OpsDatabase $Database -Tenant * }

# Ends the script when one did not pass: old backups are left alone then.
$made | Test-OpsBackup -Level Structure | Assert-OpsResult

# The last backup of a tenant that is gone stays, and says so; that is no failure of this night.
Get-OpsBackup $Database -Before "${KeepDays}d" | Remove-OpsBackup -Confirm:$false -ErrorAction Continue
