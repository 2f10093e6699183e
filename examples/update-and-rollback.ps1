#!/usr/bin/env pwsh

<#
.SYNOPSIS
Brings a changed configuration out and, when somebody finds hours later that it was wrong, the one before, env files included.
.DESCRIPTION
Takes the place of a runbook that edits .env, runs "docker compose restart" (which does not read it anew), and has nothing to go back to.

    ./update-and-rollback.ps1 -Service api -Environment /etc/ops/shop.yaml               after .env was changed
    ./update-and-rollback.ps1 -Service api -Environment /etc/ops/shop.yaml -Back         no, as it was
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The service.
    [Parameter(Mandatory)] [string] $Service,

    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # Goes back to the revision before the one that runs.
    [switch] $Back
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Update-OpsService -ErrorAction Ignore)) { Import-Module OpsModule }

if ($Back) {
    # Which one that is Undo-OpsServiceUpdate knows; the newest that is kept need not be the one that runs.
    $current = Get-OpsServiceUpdate $Service -Environment $Environment | Where-Object IsCurrent
    $undone = Undo-OpsServiceUpdate $Service -Confirm:$false -Environment $Environment
    if ($undone) {
        "From revision $($current.Revision) of $($current.At) back to what ran before:"
        Compare-OpsServiceRevision $Service -Revision $current.Revision -To $undone.ToRevision -Environment $Environment
        $undone
    }
}
else {
    # What runs against what the files say now: of values only fingerprints are shown.
    Compare-OpsServiceRevision $Service -Environment $Environment
    Update-OpsService $Service -Environment $Environment
}
Get-OpsServiceUpdate $Service -Environment $Environment
