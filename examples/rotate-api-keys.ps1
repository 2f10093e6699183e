#!/usr/bin/env pwsh

<#
.SYNOPSIS
Rotates keys of an API without cutting off a client: notice, new key, overlap, who still uses the old one, and only then its end.
.DESCRIPTION
Takes the place of a runbook that says "openssl rand", "sed -i" on API_KEYS, restart, and an UPDATE without a WHERE. Run it twice: once with
-NotBefore, which tells the receivers of alerts when the key is replaced, and from then on in a schedule, which goes on with what is due.

    ./rotate-api-keys.ps1 -Environment /etc/ops/shop.yaml -Name shop -NotBefore '2027-01-15 06:00Z'      tells clients, and waits
    ./rotate-api-keys.ps1 -Environment /etc/ops/shop.yaml                                               goes on; for a schedule
    ./rotate-api-keys.ps1 -Environment /etc/ops/shop.yaml -OlderThan 365d                               and revokes what is older
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # The secrets with keys of an API that are rotated.
    [string[]] $Name,

    # When the new key is made at the earliest; now when it is left out.
    [object] $NotBefore,

    # Keys of clients that are older are revoked.
    [string] $OlderThan,

    # Why it is done, for the journal.
    [string] $Reason = 'rotation of keys'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Revoke-OpsApiKey -ErrorAction Ignore)) { Import-Module OpsModule }

# An earlier rotation may have waited for its time, its overlap, or for clients that used the old key.
Resume-OpsChange -Due -Environment $Environment

$how = @{ Environment = $Environment; Reason = $Reason }
if ($NotBefore) { $how.NotBefore = $NotBefore }
if ($Name) { Invoke-OpsSecretRotation $Name @how | Assert-OpsResult }

if ($OlderThan) {
    # Those that are used still are told, and stay: talk to who uses them.
    $old = @(Get-OpsApiKey -OlderThan $OlderThan -Usage -Environment $Environment | Where-Object { -not $_.IsRevoked })
    $old | Where-Object Uses -ne 0 | ForEach-Object { Write-Warning "$($_.Name) ($($_.Id)) is old, and stays: $($_.UsedBy ?? 'nothing tells who uses it')." }
    $old | Where-Object Uses -eq 0 | Revoke-OpsApiKey -Reason $Reason -Environment $Environment -Confirm:$false
}

Get-OpsApiKey -Environment $Environment
