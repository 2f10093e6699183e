#!/usr/bin/env pwsh

<#
.SYNOPSIS
Times Measure-OpsAttack (all rules, all counters) beside ripgrep, grep and zcat on the same log, whole processes in turn, with its highest memory.
.PARAMETER Size
Of the log, in MiB.
.PARAMETER Runs
Of every case.
.PARAMETER Large
A log of that size in MiB with 10 million addresses, for memory; 0 leaves it out.
.PARAMETER Output
Where attack-speed.md and attack-speed.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Size = 1024, [int] $Runs = 5, [int] $Large = 0, [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{ rg = 'ripgrep'; mawk = 'mawk' }
# What the operators' document greps for, and 21 texts of attacks as somebody would write them for grep.
$runbook = 'union.*select|drop.*table|;.*--|or.*1.*=.*1'
$texts = 'union select|union all|<script|onerror=|onload=|javascript:|\.\./|\.\.%2f|/etc/passwd|/bin/sh|cmd\.exe|xp_cmdshell|information_schema|sleep\(|benchmark\(|waitfor delay|\$\{jndi:|php://|/\.env|/wp-login|sqlmap'
$servers = Start-Throwaway attack-speed
try {
    Set-Location $servers.Folder
    function New-Log([int] $Megabytes, [string] $Path, [string] $More) { Invoke-Peer "mawk -v n=$([long]$Megabytes * 1MB / 168) $More -f '$PSScriptRoot/attack-log.awk' > $Path" }
    Write-Host "A log of $Size MiB, 0.1 % attacks"
    New-Log $Size access.log
    Invoke-Peer 'head -1 access.log > one.log; gzip -1 -k access.log; cat access.log access.log.gz > /dev/null'
    for ($run = 0; $run -lt $Runs; $run++) {
        Measure-Case all-rules { Invoke-Ours 'Measure-OpsAttack -Path access.log' }
        Measure-Case ripgrep { Invoke-Peer "rg -ic '$texts' access.log" }
        # Through cat: grep stops at the first line when its output is /dev/null.
        Measure-Case grep { Invoke-Peer "LC_ALL=C grep -icE '$texts' access.log | cat" }
        Measure-Case runbook-rules { Invoke-Ours "Measure-OpsAttack -Path access.log -RulePath '$PSScriptRoot/runbook-patterns.yaml' -Rule runbook-*" }
        Measure-Case grep-runbook { Invoke-Peer "LC_ALL=C grep -icE '$runbook' access.log | cat" }
        Measure-Case matches { Invoke-Ours 'Find-OpsAttackPattern -Path access.log' }
        Measure-Case all-rules-gzip { Invoke-Ours 'Measure-OpsAttack -Path access.log.gz' }
        Measure-Case zcat { Invoke-Peer 'zcat access.log.gz | cat > /dev/null' }
        Measure-Case start { Invoke-Ours 'Measure-OpsAttack -Path one.log' }
    }
    if ($Large) {
        Remove-Item access.log.gz
        Write-Host "A log of $Large MiB with 10 million different addresses"
        New-Log $Large large.log '-v addresses=10000000'
        Measure-Case large { Invoke-Ours 'Measure-OpsAttack -Path large.log' }
    }
    function Format-Peak([string] $Case) { '{0:n0} MiB, {1:n0} above start' -f ((Get-Median $Case Peak) / 1024), (((Get-Median $Case Peak) - (Get-Median start Peak)) / 1024) }
    $figures.sizeMiB = $Size
    Complete-Bench attack-speed -Output $Output -Json:$Json -Lines @(
        "$(Get-Machine) A log of $Size MiB; medians of $Runs runs (lowest-highest), interleaved. Ours without the start of PowerShell and the import, which is $(Format-Time start) with one line to read; the last row is the whole process."
        ''
        '| what | ours | beside | theirs | ratio | target | met |'
        '|---|---|---|---|---|---|---|'
        Format-Row 'all rules and counters' all-rules ripgrep '`rg -ic`, 21 texts' 1.0 Inner
        Format-Row 'all rules and counters' all-rules grep '`grep -icE`, 21 texts' 1.1 Inner
        Format-Row "the handbook's four patterns" runbook-rules grep-runbook '`grep -icE`, the same' 1.0 Inner
        Format-Row 'all rules, from gzip' all-rules-gzip zcat '`zcat`' 1.15 Inner
        Format-Row 'all matches, written out' matches grep '`grep -icE`, 21 texts' $null Inner
        Format-Row 'all rules and counters, whole process' all-rules grep '`grep -icE`, 21 texts' $null
        ''
        "Highest memory: $(Format-Peak all-rules) at $Size MiB$(if ($Large) { "; $(Format-Peak large) at $Large MiB, in $(Format-Time large)" })."
    )
}
finally {
    Set-Location $root
    Stop-Throwaway $servers
}
