#!/usr/bin/env pwsh

<#
.SYNOPSIS
Times backups, restores and drills side by side with their peers: same server, data, disk and minutes; interleaved; medians and ratios.
.DESCRIPTION
Give it a quiet machine. bench/run.ps1 -Size 100 -Runs 1 -Large 0 shows in a minute or two that it works.
.PARAMETER Size
Of the database, in MB as PostgreSQL counts it.
.PARAMETER Runs
Of every case.
.PARAMETER Large
Size of the second database, on which only memory is measured; 0 leaves it out.
.PARAMETER NoS3
Without the S3 cases.
.PARAMETER Output
Where run.md and run.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Size = $env:OPS_BENCH_SIZE ?? 1024, [int] $Runs = $env:OPS_BENCH_RUNS ?? 5, [int] $Large = $env:OPS_BENCH_LARGE ?? 4096, [switch] $NoS3,
    [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{ zstd = 'zstd' }
if (-not $NoS3 -and -not (Get-Command swift-proxy-server -ErrorAction Ignore)) {
    Write-Host 'Swift is not installed; leaving the S3 cases out.'
    $NoS3 = $true
}

# The database bench: four tenants of different size, about 2.3 MB for a unit of scale. Says how large it became.
function Import-Sample([int] $Megabytes) {
    $units = [Math]::Floor($Megabytes * 10 / 23) + 10
    $sample = "$root/examples/quickstart"
    Write-Host "Loading $Megabytes MB"
    Invoke-Peer @"
load() { psql -q -d bench -v ON_ERROR_STOP=1 "`$@"; }
tenant() { load -v "schema=tenant_`$1" -v scale=`$(($units * `$2 / 10)) -f '$sample/tenant.sql'; }
psql -q -d postgres -c 'DROP DATABASE IF EXISTS bench WITH (FORCE)' -c 'CREATE DATABASE bench TEMPLATE template0'
load -v phrases=$([Math]::Max(($units * 600), [Math]::Min(1000000, $Megabytes * 2000))) -f '$sample/text.sql'
load -f '$sample/shared.sql'
# Two at a time, the largest beside the smallest, as there are two cores.
tenant a 4 & tenant d 1; wait `$!
tenant b 3 & tenant c 2; wait `$!
load -c 'SET client_min_messages = error' -c 'DROP SCHEMA text_source CASCADE' -c 'VACUUM ANALYZE' -c CHECKPOINT
"@
    psql -d bench -Atc "SELECT pg_size_pretty(pg_database_size('bench'))"
}

function Clear-Folder([string] $Path) {
    Remove-Item $Path -Recurse -Force -ErrorAction Ignore
    $null = New-Item -ItemType Directory $Path
}
function Get-Size([string] $Path) { (Get-ChildItem $Path -Recurse -File | Measure-Object Length -Sum).Sum }
function Get-Reader([string] $Archive) { # a stored object, as pg_dump wrote it
    switch ([IO.Path]::GetExtension($Archive)) { '.zst' { "zstd -q -dc '$Archive'" } '.gz' { "gzip -dc '$Archive'" } default { "cat '$Archive'" } }
}

# fsync stays on. Minimal WAL lets the data load fast; backups and restores do not depend on it.
$wanted = @('postgres:wal_level=minimal,max_wal_senders=0,max_wal_size=8GB,shared_buffers=1GB,client_min_messages=warning'; if (-not $NoS3) { 's3' })
$servers = Start-Throwaway bench $wanted "$PSScriptRoot/servers.sh"
try {
    $shop = (New-Item -ItemType Directory "$($servers.Folder)/shop").FullName
    $backups = "$shop/backups"
    $peer = "$($servers.Folder)/peer"
    Clear-Folder $backups
    Clear-Folder $peer
    @(
        'environment: bench'
        "databases: { main: { host: `"$env:PGHOST`", port: $env:PGPORT, name: bench, user: postgres, tenantSchema: `"tenant_{tenant}`" } }"
        'backups:'
        '  stores:'
        '    local: { path: backups }'
        if (-not $NoS3) { "    s3: { s3: backups, endpoint: `"$env:S3_ENDPOINT`", region: us-east-1, accessKey: `"env:AWS_ACCESS_KEY_ID`", secretKey: `"env:AWS_SECRET_ACCESS_KEY`" }" }
    ) | Set-Content "$shop/ops.yaml"
    Set-Location $shop
    $loaded = Import-Sample $Size
    Invoke-Peer 'pg_dump bench > /dev/null' # everything is in the caches from the first run on

    function Measure-Peer([string] $Name, [string] $Command) { Measure-Case $Name { Invoke-Peer $Command } -Before { Clear-Folder $peer } -Bytes { Get-Size $peer } -After { Clear-Folder $peer } }
    function Measure-Folder([string] $Name = 'folder') { Measure-Case $Name { Invoke-Ours 'Backup-OpsDatabase main -Store local' } -Before { Clear-Folder $backups } -Bytes { Get-Size $backups } }
    function Measure-S3([string] $Name = 's3') { Measure-Case $Name { Invoke-Ours 'Backup-OpsDatabase main -Store s3' } -After { Invoke-Ours 'Get-OpsBackup -Store s3 | Remove-OpsBackup -Force -Confirm:$false' } }
    Write-Host "Backups of $loaded, $Runs runs"
    for ($run = 0; $run -lt $Runs; $run++) {
        Measure-Folder
        Measure-Peer dump-gzip "pg_dump bench | gzip > '$peer/dump.sql.gz'"
        Measure-Peer dump-zstd "pg_dump bench | zstd -q -T0 > '$peer/dump.sql.zst'"
        Measure-Peer dump-directory "pg_dump -Fd -j2 -f '$peer/dump' bench"
        Measure-Peer dump-plain "pg_dump bench > '$peer/dump.sql'"
        if (-not $NoS3) { Measure-S3 }
    }

    Write-Host "Restores, $Runs runs"
    Clear-Folder $backups
    Invoke-Ours 'Backup-OpsDatabase main -Store local'
    $whole = (Get-ChildItem $backups -Recurse -File | Sort-Object Length | Select-Object -Last 1).FullName
    Invoke-Ours 'Backup-OpsDatabase main -Tenant b -Store local'
    $tenant = (Get-ChildItem $backups -Recurse -File | Where-Object FullName -NE $whole | Sort-Object Length | Select-Object -Last 1).FullName
    # The peer restores the same archive into an empty database, and compares nothing.
    function Measure-PlainRestore([string] $Name, [string] $Archive) {
        Measure-Case $Name { Invoke-Peer "$(Get-Reader $Archive) | pg_restore -d empty" } -Before { Invoke-Peer "psql -q -d postgres -c 'CREATE DATABASE empty TEMPLATE template0'" } `
            -After { Invoke-Peer "psql -q -d postgres -c 'DROP DATABASE empty WITH (FORCE)'" }
    }
    for ($run = 0; $run -lt $Runs; $run++) {
        Measure-Case tenant-restore { Invoke-Ours 'Get-OpsBackup main -Tenant b -Store local -Latest | Restore-OpsDatabase -Confirm:$false' } -After { Invoke-Ours 'Get-OpsRestore | Remove-OpsRestore -Confirm:$false' }
        Measure-PlainRestore plain-tenant-restore $tenant
        Measure-Case drill { Invoke-Ours 'Get-OpsBackup main -Full -Store local -Latest | Invoke-OpsRecoveryDrill' }
        Measure-PlainRestore plain-restore $whole
    }

    $largeSize = ''
    if ($Large) {
        Clear-Folder $backups
        $largeSize = Import-Sample $Large
        Measure-Folder folder-large
        if (-not $NoS3) { Measure-S3 s3-large }
    }

    function Format-Peak([string] $What, [string] $Case, [string] $Beside) {
        $peak = Get-Median $Case Peak
        if ($null -eq $peak) { return }
        $growth = if ($Beside) { $peak / (Get-Median $Beside Peak) }
        $within = $peak -lt 200 * 1024 -and (-not $Beside -or $growth -le 1.1)
        [string]::Format([cultureinfo]::InvariantCulture, '| {0} | {1:n0} MiB{2} | {3} | {4} |', $What, $peak / 1024, ($Beside ? [string]::Format([cultureinfo]::InvariantCulture, ', {0:n2} x', $growth) : ''), ($Beside ? 'within 1.10 x, < 200 MiB' : '< 200 MiB'), ($within ? 'yes' : 'no'))
    }
    $figures.database = $loaded
    Complete-Bench run -Output $Output -Json:$Json -Lines @(
        "$(Get-Machine) $(psql -d postgres -Atc 'SELECT version()' | ForEach-Object { ($_ -split ' on ')[0] }), $((zstd --version) -replace '.*v([0-9.]+).*', 'zstd $1'). Database of $loaded, fsync on. Median of $Runs runs (lowest-highest), interleaved; ours after start and import, the last rows as whole processes."
        ''
        '| what | ours | beside | theirs | ratio | target | met |'
        '|---|---|---|---|---|---|---|'
        Format-Row 'Back up to a folder' folder dump-gzip '`pg_dump \| gzip`' 0.30 Inner
        Format-Row 'Stored size' folder dump-gzip '`pg_dump \| gzip`' 1.00 Bytes
        Format-Row 'Back up to a folder' folder dump-directory '`pg_dump -Fd -j2`' 0.55 Inner
        Format-Row 'Stored size' folder dump-directory '`pg_dump -Fd -j2`' $null Bytes
        Format-Row 'Back up to a folder' folder dump-plain '`pg_dump > file`' 1.35 Inner
        Format-Row 'Back up to a folder' folder dump-zstd '`pg_dump \| zstd -T0`' $null Inner
        Format-Row 'Back up to S3' s3 folder 'ours to a folder' 1.10 Seconds
        Format-Row 'Restore a tenant, verified, over the live one' tenant-restore plain-tenant-restore '`pg_restore`, same archive' 1.30 Inner
        Format-Row 'Drill of the whole database' drill plain-restore '`pg_restore`, same archive' 1.60 Inner
        Format-Row 'Back up to a folder, whole process' folder dump-gzip '`pg_dump \| gzip`' $null
        Format-Row 'Drill of the whole database, whole process' drill plain-restore '`pg_restore`, same archive' $null
        ''
        '| | measured | target | met |'
        '|---|---|---|---|'
        Format-Peak 'Peak memory of pwsh, backing up to a folder' folder
        Format-Peak 'Peak memory of pwsh, backing up to S3' s3
        if ($Large) { Format-Peak "The same with $largeSize, to a folder" folder-large folder; Format-Peak "The same with $largeSize, to S3" s3-large s3 }
    )
}
finally {
    Set-Location $root
    Stop-Throwaway $servers
}
