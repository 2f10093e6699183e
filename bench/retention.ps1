#!/usr/bin/env pwsh

<#
.SYNOPSIS
Times Get-OpsBackupRetention and the plan of Remove-OpsBackup -Retention beside Get-OpsBackup, which lists the same store, and beside ls, over many backups in a
folder: of one database, and spread over tenants.
.PARAMETER Backups
How many there are.
.PARAMETER Runs
Of every case.
.PARAMETER Output
Where retention.md and retention.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Backups = 50000, [int] $Runs = 5, [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{ psql = 'postgresql-client-15' }
$servers = Start-Throwaway retention 'postgres:fsync=off'
try {
    Set-Location $servers.Folder
    'CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 1000);' | psql -X -q -d postgres
    function Write-Environment([string] $Name) {
        @"
environment: $Name
databases: { main: { host: "$env:PGHOST", port: $env:PGPORT, name: postgres, user: postgres, tenantSchema: "tenant_{tenant}" } }
backups:
  stores: { local: { path: $Name } }
  retention: { database: { keep: 30d, daily: 7, weekly: 8, monthly: 12, atLeast: 3 } }
"@ | Set-Content (New-Item -Force "$($servers.Folder)/$Name.yaml")
    }
    Write-Environment model
    Invoke-Ours "Backup-OpsDatabase main -Environment model.yaml"
    $manifestFile = Get-ChildItem model -Recurse -Filter *.json | Select-Object -First 1
    $object = Get-ChildItem $manifestFile.DirectoryName -Filter *.dump* | Select-Object -First 1
    $text = [IO.File]::ReadAllText($manifestFile.FullName)
    $model = $text.Substring('{"manifest":'.Length, $text.LastIndexOf(',"sha256":"') - '{"manifest":'.Length)
    $id = $manifestFile.BaseName
    $suffix = $object.Name.Substring($id.Length)

    # Backups as one made every hour would be: real manifests, each with a hash of its own; the objects are copies of one.
    function New-Backups([string] $Name, [int] $Tenants) {
        Write-Environment $Name
        $content = [IO.File]::ReadAllBytes($object.FullName)
        $started = [datetime]::UtcNow
        $groups = if ($Tenants) { 1..$Tenants | ForEach-Object { "tenant/t$_" } } else { , 'full' }
        $each = [Math]::Floor($Backups / $groups.Count)
        foreach ($group in $groups) {
            $folder = "$($servers.Folder)/$Name/$Name/database/main/$group"
            $null = [IO.Directory]::CreateDirectory($folder)
            for ($i = 0; $i -lt $each; $i++) {
                $at = $started.AddHours(-$i)
                $own = $at.ToString("yyyyMMdd'T'HHmmss'Z'-") + $i.ToString('x6')
                $manifest = $model.Replace('"environment":"model"', "`"environment`":`"$Name`"").Replace('model/database/main/full', "$Name/database/main/$group").Replace($id, $own)
                if ($Tenants) { $manifest = $manifest.Replace('"name":"main"', "`"name`":`"main`",`"tenant`":`"$($group.Substring(7))`"") }
                $hash = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($manifest))).ToLowerInvariant()
                [IO.File]::WriteAllText("$folder/$own.json", "{`"manifest`":$manifest,`"sha256`":`"$hash`"}`n")
                [IO.File]::WriteAllBytes("$folder/$own$suffix", $content)
            }
        }
    }
    Write-Host "Making $Backups backups twice"
    New-Backups one 0
    New-Backups many 500

    foreach ($store in 'one', 'many') {
        $list = "if (@(Get-OpsBackup -Environment $store.yaml).Count -lt 0.9 * $Backups) { throw 'Some are missing.' }"
        $decide = "if (@(Get-OpsBackupRetention -Environment $store.yaml -Force).Count -lt 0.9 * $Backups) { throw 'Some are missing.' }"
        $plan = "if (@(Remove-OpsBackup -Retention -WhatIf -Force -Environment $store.yaml).Count -ne 1) { throw 'There is no plan.' }"
        for ($run = -1; $run -lt $Runs; $run++) {
            Measure-Case "$store-list" { Invoke-Ours $list } -Unnoted:($run -lt 0)
            Measure-Case "$store-decide" { Invoke-Ours $decide } -Unnoted:($run -lt 0)
            Measure-Case "$store-plan" { Invoke-Ours $plan } -Unnoted:($run -lt 0)
            Measure-Case "$store-files" { Invoke-Peer "find '$($servers.Folder)/$store' -type f -printf '%s %T@ %p\n' | wc -l" } -Unnoted:($run -lt 0)
        }
    }
    foreach ($store in 'one', 'many') { foreach ($what in 'decide', 'plan') { $figures.ratios["$store-$what/list"] = [Math]::Round((Get-Median "$store-$what" Inner) / (Get-Median "$store-list" Inner), 3) } }
    Complete-Bench retention -Output $Output -Json:$Json -Lines @(
        "$(Get-Machine) $Backups backups in a folder, medians of $Runs runs, interleaved, without start and import; files: ``find -printf`` of the same folder."
        ''
        '| store | Get-OpsBackup | Get-OpsBackupRetention | ratio (wanted: ≤ 1.2) | the plan of Remove-OpsBackup -Retention | ratio | find | peak of the list and the decision |'
        '|---|---|---|---|---|---|---|---|'
        foreach ($store in 'one', 'many') {
            "| $($store -eq 'one' ? 'one database' : '500 tenants') | $(Format-Time "$store-list" Inner) | $(Format-Time "$store-decide" Inner) | **$($figures.ratios["$store-decide/list"])** | $(Format-Time "$store-plan" Inner) | **$($figures.ratios["$store-plan/list"])** | $(Format-Time "$store-files") | $([Math]::Round((Get-Median "$store-list" Peak) / 1024)) and $([Math]::Round((Get-Median "$store-decide" Peak) / 1024)) MiB |"
        }
    )
}
finally {
    Set-Location $root
    Stop-Throwaway $servers
}
