#!/usr/bin/env pwsh

<#
.SYNOPSIS
Starts a throwaway PostgreSQL and Redis, loads the sample shop and plays runbook.ps1 against it.
.DESCRIPTION
Ends with a summary, and leaves nothing running. The built module is taken from out/ (./build.sh build).
#>
param()

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$root = (Resolve-Path "$PSScriptRoot/../..").Path
. "$root/build/Throwaway.ps1"
$watch = [Diagnostics.Stopwatch]::StartNew()
$env:OPS_ENVIRONMENT = $null
$played = 1
$servers = $null

function Import-Sql { psql -q -v ON_ERROR_STOP=1 -U shop @args }
function Get-Size { psql -Atc "SELECT pg_size_pretty(pg_database_size('shop'))" }

try {
    Write-Host 'Starting a throwaway PostgreSQL and Redis on loopback'
    # Minimal WAL only makes the sample load faster.
    $servers = Start-Throwaway quickstart 'postgres:wal_level=minimal,max_wal_senders=0,max_wal_size=4GB,shared_buffers=256MB,client_min_messages=warning', 'redis'

    $env:SHOP_DB_PASSWORD = [Convert]::ToHexString([Security.Cryptography.RandomNumberGenerator]::GetBytes(16))
    $env:PGDATABASE, $env:PSQLRC, $env:PSQL_PAGER = 'shop', '/dev/null', 'cat'
    "CREATE ROLE shop LOGIN CREATEDB PASSWORD '$env:SHOP_DB_PASSWORD';`nCREATE DATABASE shop OWNER shop;" | psql -q -d postgres -v ON_ERROR_STOP=1
    Import-Sql -v phrases=120000 -f "$PSScriptRoot/text.sql"
    Import-Sql -f "$PSScriptRoot/shared.sql"
    # The largest beside the others: two cores have something to do.
    $acme = Start-ThreadJob { psql -q -v ON_ERROR_STOP=1 -U shop -v schema=tenant_acme -v scale=40 -f "$using:PSScriptRoot/tenant.sql"; if ($LASTEXITCODE) { throw 'The tenant acme could not be loaded.' } }
    Import-Sql -v schema=tenant_demo -v scale=18 -f "$PSScriptRoot/tenant.sql"
    Import-Sql -v 'schema=tenant_Köln & Söhne' -v scale=10 -f "$PSScriptRoot/tenant.sql"
    $acme | Receive-Job -Wait -AutoRemoveJob
    Import-Sql -c 'SET client_min_messages = error' -c 'DROP SCHEMA text_source CASCADE'
    psql -q -c 'VACUUM ANALYZE'
    Write-Host "The sample shop is loaded: $(Get-Size), three tenants, after $([int]$watch.Elapsed.TotalSeconds) s"

    $shop = (New-Item -ItemType Directory "$($servers.Folder)/shop").FullName
    (Get-Content -Raw "$PSScriptRoot/ops.yaml") -replace 'port: 5432', "port: $env:PGPORT" -replace 'port: 6379', "port: $env:REDIS_PORT" | Set-Content -NoNewline "$shop/ops.yaml"
    $before = psql -Atf "$PSScriptRoot/fingerprint.sql"

    Push-Location $shop
    try {
        $PSNativeCommandUseErrorActionPreference = $false
        $ErrorActionPreference = 'Continue'
        & "$PSScriptRoot/play.ps1" -Runbook "$PSScriptRoot/runbook.ps1" -Module "$root/out/OpsModule/OpsModule.psd1"
        $played = $LASTEXITCODE
    }
    finally {
        $ErrorActionPreference = 'Stop'
        Pop-Location
    }

    $after = psql -Atf "$PSScriptRoot/fingerprint.sql"
    $stored = Get-ChildItem "$shop/backups" -Recurse -File | Measure-Object Length -Sum
    Write-Host "`nSummary"
    Write-Host "  sample shop        $(Get-Size), tenants acme, demo and Köln & Söhne"
    Write-Host ('  backups            {0:n1} MiB in {1} files' -f ($stored.Sum / 1MB), $stored.Count)
    $difference = Compare-Object $before $after
    if ($difference) {
        Write-Host "  tenant demo        NOT what it was before:"
        $difference | ForEach-Object { Write-Host "    $($_.SideIndicator) $($_.InputObject)" }
        $played = 1
    }
    else { Write-Host '  tenant demo        lost and restored: every row of 6 tables is what it was before' }
    if ($played) { Write-Host '  Something above failed.' }
    Write-Host "  time               $([int]$watch.Elapsed.TotalSeconds) s; servers and files are removed now"
}
catch { [Console]::Error.WriteLine("quickstart: $_") }
finally { Stop-Throwaway $servers }
exit $played
