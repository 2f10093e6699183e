#!/usr/bin/env pwsh
<#
.SYNOPSIS
Brings back one tenant's data while the service runs.
.DESCRIPTION
Takes the place of "DROP SCHEMA tenant_x CASCADE; pg_restore < tenant_x.dump", which loses the tenant when the dump is bad. Here the backup is
checked first, its content is loaded beside the live schema and compared, and what it replaces stays until it is removed:

    ./tenant-restore.ps1 -Tenant demo -WhatIf       what would come back?
    ./tenant-restore.ps1 -Tenant demo               do it
    Get-OpsRestore -Tenant demo | Select-Object -First 1 | Undo-OpsRestore      no, as it was
    Get-OpsRestore -Tenant demo | Remove-OpsRestore                             all is well, free the space
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param(
    # The tenant.
    [Parameter(Mandatory)] [string] $Tenant,

    # The database's name in the environment file.
    [string] $Database = 'main',

    # The newest backup before this moment, for example before the mistake; the newest of all when it is not given.
    [datetimeoffset] $Before = [datetimeoffset]::MaxValue
)

$ErrorActionPreference = 'Stop'
Import-Module OpsModule

$backup = Get-OpsBackup $Database -Tenant $Tenant -Before $Before | Sort-Object StartedAt -Descending | Select-Object -First 1
if (-not $backup) { throw "There is no backup of tenant '$Tenant' before $Before. Get-OpsBackup -Tenant '$Tenant' lists what there is." }
"Newest backup of $Tenant`: $($backup.Id) of $($backup.StartedAt.ToLocalTime()), $($backup.Tables.Count) tables"

$test = $backup | Test-OpsBackup -Level Structure
if (-not $test.Passed) { throw "$($backup.Id) did not pass: $($test.Message) Take an older one with -Before." }

$backup | Restore-OpsDatabase -WhatIf:$WhatIfPreference
