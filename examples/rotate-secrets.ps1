#!/usr/bin/env pwsh

<#
.SYNOPSIS
Rotates the secrets that are due, or that have leaked, to the end: in the server, the files and the services, until the old values are refused.
.DESCRIPTION
Takes the place of a runbook that says ALTER USER ... PASSWORD, "sed -i" on .env, which breaks at a $ or a |, and "docker compose restart",
which does not read it anew. The folder rotate-secrets has two environment files to begin with: ops.yaml for a project of Compose with a
database, a cache, keys, Grafana, S3 and Sentry, and cluster.yaml for a Secret of Kubernetes.

    ./rotate-secrets.ps1 -Environment /etc/ops/shop.yaml                                                what is due; for a schedule
    ./rotate-secrets.ps1 -Environment /etc/ops/shop.yaml -Name db, redis -Reason 'a laptop was lost'    these, now
    ./rotate-secrets.ps1 -Environment /etc/ops/shop.yaml -Name s3 -Value (Read-Host -AsSecureString)    a value that others made
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # The secrets; those that are due when it is left out.
    [string[]] $Name,

    # The new value, where somebody else makes it.
    [securestring] $Value,

    # Why it is done, for the journal.
    [string] $Reason
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Invoke-OpsSecretRotation -ErrorAction Ignore)) { Import-Module OpsModule }

# An earlier rotation may have waited for sessions to end, or for its overlap.
Resume-OpsChange -Due -Environment $Environment

$how = @{ Environment = $Environment }
if ($Value) { $how.Value = $Value }
if ($Reason) { $how.Reason = $Reason }
# Services that several of them share are replaced once.
if ($Name) { Invoke-OpsSecretRotation $Name @how | Assert-OpsResult }
# Of those that are due one that fails keeps none of the others from being rotated; that it did is judged when all of them are done.
else { Invoke-OpsSecretRotation -Due @how -ErrorAction Continue | Assert-OpsResult -AllowEmpty }
if ($WhatIfPreference) { return }

# Ends with 1 when a value is not the one that is used, or a secret is overdue still.
Get-OpsSecret -Environment $Environment | Assert-OpsResult
Test-OpsSecret -Environment $Environment | Assert-OpsResult
