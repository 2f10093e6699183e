#!/usr/bin/env pwsh

<#
.SYNOPSIS
Cuts a tenant off everywhere, sees each instance refuse it, and lets it in again.
.DESCRIPTION
Takes the place of a runbook that says "UPDATE tenants SET is_active = false", and leaves sessions, keys, jobs and caches as they are. What cuts a
tenant off, and what proves it, is declared in the section tenants of the environment file: docs/concepts/tenants.md has a whole one.

    ./suspend-tenant.ps1 -Environment /etc/ops/shop.yaml -Tenant demo -Reason 'leaked credentials'           until it is lifted
    ./suspend-tenant.ps1 -Environment /etc/ops/shop.yaml -Tenant demo -Reason 'unpaid' -For 2d               for two days
    ./suspend-tenant.ps1 -Environment /etc/ops/shop.yaml -Tenant demo -Reason 'credentials replaced' -Lift   lets it in again
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # The tenant, by the name that the application has.
    [Parameter(Mandatory)] [string] $Tenant,

    # Why, for the journal.
    [Parameter(Mandatory)] [string] $Reason,

    # For how long; until it is lifted when it is left out. It needs an entry of the schedule that runs 'Resume-OpsChange -Due'.
    [string] $For,

    # Lets it in again.
    [switch] $Lift
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Suspend-OpsTenant -ErrorAction Ignore)) { Import-Module OpsModule }

if ($Lift) { Resume-OpsTenant $Tenant -Environment $Environment -Reason $Reason | Assert-OpsResult -AllowEmpty }
else {
    $how = @{ Environment = $Environment; Reason = $Reason }
    if ($For) { $how.For = $For }
    # Ends with 1 when an instance serves the tenant still, or nobody has seen that it is refused.
    Suspend-OpsTenant $Tenant @how | Assert-OpsResult
}
if (-not $WhatIfPreference) { Get-OpsTenant $Tenant -Environment $Environment | Format-List }
