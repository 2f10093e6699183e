#!/usr/bin/env pwsh

<#
.SYNOPSIS
Times Backup-OpsConfiguration over many small files beside tar | gzip of the same files, and Backup-OpsConfiguration -OnlyIfChanged, which reads them and stores nothing.
.PARAMETER Files
How many there are.
.PARAMETER Runs
Of every case.
.PARAMETER Output
Where configuration.md and configuration.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Files = 10000, [int] $Runs = 5, [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{ age = 'age'; 'age-keygen' = 'age'; tar = 'tar'; gzip = 'gzip' }
$servers = Start-Throwaway configuration ''
try {
    Set-Location $servers.Folder
    age-keygen -o age.key 2> $null
    "environment: many`nconfiguration: { files: [ conf/ ] }`nbackups: { stores: { local: { path: store } }, encryption: { recipients: [ $(age-keygen -y age.key) ], identity: age.key } }" | Set-Content ops.yaml
    $null = New-Item -ItemType Directory store, stored
    Write-Host "Making $Files files"
    $random = [Random]::new(1)
    for ($i = 0; $i -lt $Files; $i++) {
        $folder = "$($servers.Folder)/conf/$([Math]::Floor($i / 100))"
        if ($i % 100 -eq 0) { $null = [IO.Directory]::CreateDirectory($folder) }
        # A few kilobytes that compress as configuration does.
        [IO.File]::WriteAllText("$folder/service-$i.conf", (1..60 | ForEach-Object { "setting_$_ = value $($random.Next(1000)) of service $i`n" }) -join '')
    }
    for ($run = -1; $run -lt $Runs; $run++) {
        Measure-Case 'backup' { Invoke-Ours 'Backup-OpsConfiguration -Environment ops.yaml' } -Unnoted:($run -lt 0)
        Measure-Case 'same' { Invoke-Ours 'Backup-OpsConfiguration -OnlyIfChanged -Environment ops.yaml' } -Unnoted:($run -lt 0)
        Measure-Case 'tar' { Invoke-Peer 'tar -c conf | gzip > stored/conf.tar.gz' } -Unnoted:($run -lt 0)
    }
    foreach ($case in 'backup', 'same') { $figures.ratios["$case/tar"] = [Math]::Round((Get-Median $case Inner) / (Get-Median 'tar'), 3) }
    Complete-Bench configuration -Output $Output -Json:$Json -Lines @(
        "$(Get-Machine) $Files files of some kilobytes, medians of $Runs runs, interleaved, ours without start and import. Ours looks at all files (the plan), reads them, compresses with zstd, encrypts with age, and writes a manifest with a fingerprint of each."
        ''
        '| what | time | ratio to tar \| gzip (wanted: ≤ 1.5) | peak |'
        '|---|---|---|---|'
        "| Backup-OpsConfiguration | $(Format-Time 'backup' Inner) | **$($figures.ratios['backup/tar'])** | $([Math]::Round((Get-Median 'backup' Peak) / 1024)) MiB |"
        "| Backup-OpsConfiguration -OnlyIfChanged, where nothing has changed | $(Format-Time 'same' Inner) | **$($figures.ratios['same/tar'])** | $([Math]::Round((Get-Median 'same' Peak) / 1024)) MiB |"
        "| tar \| gzip | $(Format-Time 'tar') | 1 | |"
    )
}
finally {
    Set-Location $root
    Stop-Throwaway $servers
}
