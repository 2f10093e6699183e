#!/usr/bin/env pwsh

<#
.SYNOPSIS
Times Get-OpsLog: parsed lines a second on one core, and -Raw beside 'docker logs' on an engine of its own (as root, with dockerd and busybox).
.PARAMETER Lines
Of the log.
.PARAMETER Runs
Of every case.
.PARAMETER NoEngine
Only the file.
.PARAMETER Output
Where logs.md and logs.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Lines = 1000000, [int] $Runs = 3, [switch] $NoEngine, [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{ mawk = 'mawk'; taskset = 'util-linux' }
$servers = Start-Throwaway logs @(if (-not $NoEngine) { 'engine' }) "$PSScriptRoot/servers.sh"
try {
    Set-Location $servers.Folder
    $log = "$($servers.Folder)/sample.log"
    Invoke-Peer "mawk -v n=$Lines -f '$PSScriptRoot/log-lines.awk' > '$log'"
    Get-Content -TotalCount 1 $log | Set-Content one.log
    $bytes = (Get-Item $log).Length
    if (-not $NoEngine) {
        Invoke-Peer @"
mkdir -p image/bin && cp "`$(command -v busybox)" image/bin/busybox && ln sample.log image/sample.log && tar -C image -c . | docker import - bench-logs:latest && rm -rf image
docker run --name bench-logs --label com.docker.compose.project=bench --label com.docker.compose.service=api --label com.docker.compose.oneoff=False bench-logs:latest /bin/busybox cat /sample.log
"@
        "environment: bench`nplatform: { compose: { project: bench } }" | Set-Content ops.yaml
    }
    # One core for parsing: the pwsh that is started inherits it.
    $whole = $pwsh
    $oneCore = "$($servers.Folder)/pwsh-on-one-core"
    "#!/bin/sh`nexec taskset -c 0 '$whole' `"`$@`"" | Set-Content $oneCore
    chmod +x $oneCore
    for ($run = 0; $run -lt $Runs; $run++) {
        $pwsh = $oneCore
        Measure-Case parse-one-core { Invoke-Ours "Get-OpsLog -Path '$log' -Tail 1" }
        Measure-Case parse-nothing { Invoke-Ours 'Get-OpsLog -Path one.log -Tail 1' }
        $pwsh = $whole
        if ($NoEngine) { continue }
        Measure-Case docker-logs { Invoke-Peer 'docker logs bench-logs' }
        Measure-Case raw { Invoke-Ours 'Get-OpsLog api -Raw' }
        Measure-Case parsed-container { Invoke-Ours 'Get-OpsLog api -Tail 1 -Pattern .' }
    }
    $seconds = (Get-Median parse-one-core Inner) - (Get-Median parse-nothing Inner)
    if ($seconds -le 0) { $seconds = Get-Median parse-one-core Inner } # too few lines to tell
    $rate = $Lines / $seconds
    $figures.lines = $Lines
    $figures.linesPerSecondOneCore = [Math]::Round($rate)
    Complete-Bench logs -Output $Output -Json:$Json -Lines @(
        "$(Get-Machine) $Lines lines, $([Math]::Round($bytes / 1MB)) MiB; medians of $Runs runs (lowest-highest), interleaved."
        ''
        "Parsed on one core, without start and first use: **$([Math]::Round($rate).ToString('n0', [cultureinfo]::InvariantCulture)) lines a second**."
        if (-not $NoEngine) {
            ''
            '| what | ours | beside | theirs | ratio | target | met |'
            '|---|---|---|---|---|---|---|'
            Format-Row '`Get-OpsLog -Raw`, in a session' raw docker-logs '`docker logs`' 1.1 Inner
            Format-Row 'the same, whole process' raw docker-logs '`docker logs`' $null
            Format-Row 'parsed, all cores, in a session' parsed-container docker-logs '`docker logs`' $null Inner
        }
    )
}
finally {
    Set-Location $root
    Stop-Throwaway $servers
}
