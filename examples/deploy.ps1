#!/usr/bin/env pwsh

<#
.SYNOPSIS
Brings a new version of a service out: looked at first, then without anyone noticing, watched, and taken back by itself when it fails.
.DESCRIPTION
Takes the place of "docker compose pull && docker compose up -d", which stops the old container before the new one has started, and leaves a broken one running.

    ./deploy.ps1 -Service api -Tag 2.1 -Environment /etc/ops/shop.yaml -WhatIf       what would change?
    ./deploy.ps1 -Service api -Tag 2.1 -Environment /etc/ops/shop.yaml -Reason 'release 2.1'

It ends with a code other than 0 when the update was refused or rolled back, so that a pipeline stops there.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The service.
    [Parameter(Mandatory)] [string] $Service,

    # The tag of its image.
    [Parameter(Mandatory)] [string] $Tag,

    # The environment file.
    [Parameter(Mandatory)] [string] $Environment,

    # How long it is watched before it counts.
    [string] $Watch = '1m',

    # Why, for the revision and the journal.
    [string] $Reason = "deploy of $Service $Tag"
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Update-OpsService -ErrorAction Ignore)) { Import-Module OpsModule }

# What speaks against it is told before anything is changed; what is refused ends here.
Test-OpsServiceUpdate $Service -Tag $Tag -Environment $Environment | Tee-Object -Variable findings
$findings | Assert-OpsResult

# -WhatIf of this script reaches the cmdlet by itself. One that was rolled back is an error, and ends here as well.
$result = Update-OpsService $Service -Tag $Tag -Watch $Watch -Reason $Reason -Environment $Environment
$result
if ($result.Outcome -eq 'NotProven') { Write-Warning "$Service $Tag runs, and was not seen serving: $($result.Words)" }
