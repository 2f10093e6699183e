#!/usr/bin/env pwsh

<#
.SYNOPSIS
Locks an environment down after a breach: evidence first, then keys, secrets and sessions; ends with what is still open.
.DESCRIPTION
What it does is declared in the section lockdown of the environment file (docs/concepts/tenants.md). Run it with -WhatIf on a quiet day: it shows
what would be done, and what would stay open.

    ./incident-lockdown.ps1 -Environment /etc/ops/shop.yaml -Reason 'a key was found in a public repository'
    ./incident-lockdown.ps1 -Environment /etc/ops/shop.yaml -Reason 'the same' -Skip EmergencyKeys
    ./incident-lockdown.ps1 -Environment /etc/ops/shop.yaml -Reason 'the same' -Continue                      does what was left open
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # Why, for the journal, the evidence and those who are told.
    [Parameter(Mandatory)] [string] $Reason,

    # What is left out: Evidence, Keys, Secrets, Sessions, EmergencyKeys, Alert.
    [string[]] $Skip,

    # Goes on with a lockdown that has not ended.
    [switch] $Continue
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-OpsSecurityLockdown -ErrorAction Ignore)) { Import-Module OpsModule }

if ($Continue) {
    Get-OpsChange -Unfinished -Environment $Environment | Where-Object Action -EQ 'Invoke-OpsSecurityLockdown' | Resume-OpsChange -Environment $Environment
    return
}
$how = @{ Environment = $Environment; Reason = $Reason }
if ($Skip) { $how.Skip = $Skip }
if ($WhatIfPreference) { Invoke-OpsSecurityLockdown @how; return }

# What is still open comes as an error, too; the result is shown in any case.
$result = Invoke-OpsSecurityLockdown @how -Confirm:$false -ErrorAction Continue
$result | Format-List
$result | Assert-OpsResult
