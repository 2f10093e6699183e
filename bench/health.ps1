#!/usr/bin/env pwsh

<#
.SYNOPSIS
Times Test-OpsHealth beside a shell script that asks docker, psql, redis-cli, curl, openssl and df for the same figures, on a sample shop with a compose
project (as root, with dockerd, busybox and nginx); and with 20 targets, five of which hang.
.PARAMETER Runs
Of every case.
.PARAMETER Timeout
Of a check, in seconds, where targets hang.
.PARAMETER Output
Where health.md and health.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Runs = 15, [int] $Timeout = 3, [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{ dockerd = 'docker.io'; nginx = 'nginx-light'; curl = 'curl'; openssl = 'openssl' }
$servers = Start-Throwaway health 'shop', 'hang' "$PSScriptRoot/servers.sh"
try {
    Set-Location "$($servers.Folder)/shop"
    $env:CA = "$($servers.Folder)/ca.pem"
    Invoke-Ours 'Backup-OpsDatabase main; Get-OpsBackup -Latest | Test-OpsBackup'
    $without = 'service, certificate, database, cache, backup, journal, disk, memory, load'
    function Measure-All([switch] $Unnoted) {
        Measure-Case whole { Invoke-Ours 'Test-OpsHealth' } -Unnoted:$Unnoted
        Measure-Case calls { Invoke-Peer "'$PSScriptRoot/peers/health.sh' calls" } -Unnoted:$Unnoted
        Measure-Case servers { Invoke-Peer "'$PSScriptRoot/peers/health.sh' servers" } -Unnoted:$Unnoted
        Measure-Case without-cpu { Invoke-Ours "Test-OpsHealth $without" } -Unnoted:$Unnoted
        Measure-Case servers-without-cpu { Invoke-Peer "'$PSScriptRoot/peers/health.sh' no-cpu" } -Unnoted:$Unnoted
        # The check again in the session that has made it once: what a watch or a larger script pays.
        Measure-Case second { Invoke-Ours "`$null = Test-OpsHealth; `$watch.Restart(); Test-OpsHealth" } -Unnoted:$Unnoted
        Measure-Case start { Invoke-Ours 'Get-OpsEnvironment' } -Unnoted:$Unnoted
    }
    Write-Host "The whole check, $Runs runs"
    Measure-All -Unnoted # once for the caches
    for ($run = 0; $run -lt $Runs; $run++) { Measure-All }

    Write-Host 'Twenty targets, five of which hang'
    $hang = "`$all = @(Test-OpsHealth service, database, cache, certificate.valid, checks -Timeout $Timeout -Environment '$($servers.Folder)/hang'); if (`$all.Count -ne 20) { throw `"There are `$(`$all.Count) results, not 20.`" }"
    for ($run = 0; $run -lt [Math]::Ceiling($Runs / 3); $run++) { Measure-Case hanging { Invoke-Ours $hang } }

    $ratio = (Get-Median hanging Inner) / $Timeout
    $figures.ratios['hanging/timeout'] = [Math]::Round($ratio, 3)
    Complete-Bench health -Output $Output -Json:$Json -Lines @(
        "$(Get-Machine) Medians of $Runs runs (lowest-highest), interleaved."
        ''
        '| what | ours | beside | theirs | ratio | target | met |'
        '|---|---|---|---|---|---|---|'
        Format-Row 'the whole check, after start and import' whole calls 'a call for each figure' 0.50 Inner
        Format-Row 'the whole check, after start and import' whole servers 'a call for each server' $null Inner
        Format-Row 'without the processors' without-cpu servers-without-cpu 'a call for each server' $null Inner
        Format-Row 'the whole check again in one session' second calls 'a call for each figure' 0.25 Inner
        Format-Row 'the whole check again in one session' second servers 'a call for each server' $null Inner
        Format-Row 'the whole check, whole process' whole calls 'a call for each figure' 1.60
        ''
        "20 targets, 5 of which hang, with -Timeout $Timeout`: $(Format-Time hanging Inner), $($ratio.ToString('n2', [cultureinfo]::InvariantCulture)) x the timeout (wanted: ≤ 1.10): $($ratio -le 1.1 ? 'yes' : 'no'). Start to the end of ``Get-OpsEnvironment``: $(Format-Time start)."
    )
}
finally {
    Set-Location $root
    Stop-Throwaway $servers
    $env:CA = $null
}
