#!/usr/bin/env pwsh

<#
.SYNOPSIS
Brings back one tenant's data while the service runs.
.DESCRIPTION
Takes the place of "DROP SCHEMA tenant_x CASCADE; pg_restore < tenant_x.dump", which loses the tenant when the dump is bad. Here the backup is
checked first, its content is loaded beside the live schema and compared, and what it replaces stays until it is removed:

    ./tenant-restore.ps1 -Tenant demo -WhatIf       what would come back?
    ./tenant-restore.ps1 -Tenant demo               do it, after asking; -Confirm:$false does not ask
    Get-OpsRestore -Tenant demo | Select-Object -First 1 | Undo-OpsRestore      no, as it was
    Get-OpsRestore -Tenant demo | Remove-OpsRestore                             all is well, free the space
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The tenant.
    [Parameter(Mandatory)] [string] $Tenant,

    # The database's name in the environment file.
    [string] $Database = 'main',

    # The newest backup before this moment, for example before the mistake: a time, or how long ago (2h). The newest of all by default.
    [string] $Before
)

# Without this, a script that failed for one item goes on and ends with exit code 0.
$ErrorActionPreference = 'Stop'
Import-Module OpsModule

$when = if ($Before) { @{ Before = $Before } } else { @{} }
$backup = Get-OpsBackup $Database -Tenant $Tenant @when | Sort-Object StartedAt -Descending | Select-Object -First 1
if (-not $backup) { throw "There is no backup of tenant '$Tenant' from before $Before. Get-OpsBackup -Tenant '$Tenant' lists what there is." }
"Newest backup of $Tenant`: $($backup.Id) of $($backup.StartedAt.ToLocalTime()), $($backup.Tables.Count) tables"

$test = $backup | Test-OpsBackup -Level Structure
if (-not $test.Passed) { throw "$($backup.Id) did not pass: $($test.Message) Take an older one with -Before." }

# -WhatIf and -Confirm of this script reach the cmdlet by themselves.
$backup | Restore-OpsDatabase
