#!/usr/bin/env pwsh

<#
.SYNOPSIS
Brings an environment back: after a complete failure, after data was corrupted, after a disk was full.
.DESCRIPTION
Takes the place of the runbook's pages for these three. It shows what it found before it does anything, asks, and ends with what health says:

    ./disaster-recovery.ps1 CompleteFailure -Environment /srv/shop    everything from the newest set that is whole
    ./disaster-recovery.ps1 DataCorruption -Environment /srv/shop -Before 2026-11-21T09:00Z    the databases as they were before
    ./disaster-recovery.ps1 DiskFull -Environment /srv/shop           what takes room, and what may go

Each change is in the journal: Get-OpsChange -Last 5 shows them, Undo-OpsChange takes one back. On an empty machine there must be an ops.yaml (out of
a recovery kit: docs/concepts/recovery-kit.md), the age identity and a database server.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # What has happened.
    [Parameter(Mandatory, Position = 0)] [ValidateSet('CompleteFailure', 'DataCorruption', 'DiskFull')] [string] $What,

    # The environment file, or its folder.
    [Parameter(Mandatory)] [string] $Environment,

    # The newest set from before this moment: a time, or how long ago (2h). The newest of all by default.
    [string] $Before,

    # The store that is read from; the first that has a whole set by default.
    [string[]] $Store,

    # Stops no services meanwhile: there are none, or none that run.
    [switch] $KeepServices
)

# Without this, a script that failed for one item goes on and ends with exit code 0.
$ErrorActionPreference = 'Stop'
Import-Module OpsModule
$null = Connect-OpsEnvironment $Environment

function Find-Set {
    $from = if ($Store) { @{ Store = $Store } } else { @{} }
    $sets = @(Get-OpsBackupSet @from | Where-Object IsComplete)
    if ($Before) {
        $span = if ($Before -match '^(\d+)([mhd])$') { switch ($Matches[2]) { m { [timespan]::FromMinutes($Matches[1]) } h { [timespan]::FromHours($Matches[1]) } d { [timespan]::FromDays($Matches[1]) } } }
        $limit = if ($span) { [datetimeoffset]::UtcNow - $span } else { [datetimeoffset]::Parse($Before, [cultureinfo]::InvariantCulture, 'AssumeUniversal') }
        $sets = @($sets | Where-Object StartedAt -LT $limit)
    }
    $set = $sets | Sort-Object StartedAt -Descending | Select-Object -First 1
    if (-not $set) { throw "No store has a whole set$(if ($Before) { " from before $Before" }). Get-OpsBackupSet lists what there is; single backups are restored by Restore-OpsDatabase." }
    "Set $($set.Id) of $($set.StartedAt.UtcDateTime.ToString('u')) in $($set.Store): $($set.Parts -join ', '); moments $($set.Skew) apart" | Out-Host
    # Nothing is restored from what cannot be read to its end.
    $null = $set.Parts | ForEach-Object { Get-OpsBackup -Id $_.Backup -Kind $_.Kind -Store $set.Store } | Test-OpsBackup -Level Structure | Assert-OpsResult
    $set
}

switch ($What) {
    'CompleteFailure' {
        # -WhatIf and -Confirm of this script reach the cmdlets by themselves.
        Find-Set | Restore-OpsEnvironment -KeepServices:$KeepServices
        # What only the compose file names is named now that it is there.
        $files = Get-OpsBackup -Kind Configuration -Latest | Select-Object -First 1
        if ($files -and -not $WhatIfPreference) { Compare-OpsConfiguration $files.Id }
    }
    'DataCorruption' {
        # The files are as they are: passwords may have been changed since.
        Find-Set | Restore-OpsEnvironment -Skip Configuration -KeepServices:$KeepServices
    }
    'DiskFull' {
        Get-OpsDiskUsage
        Remove-OpsBackup -Retention -WhatIf:$WhatIfPreference
        Clear-OpsStorage
    }
}

if (-not $WhatIfPreference) { Test-OpsHealth | Where-Object Status -NE Healthy }
