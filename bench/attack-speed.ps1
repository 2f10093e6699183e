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
.PARAMETER Lines
A file of real lines: access lines, statements of PostgreSQL, and JSON full of prose, as benign.log of a data set has them. Of each kind a log of 96 MiB is measured,
and one with the access lines as JSON, in a session that has scanned it once.
.PARAMETER Output
Where attack-speed.md and attack-speed.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Size = 1024, [int] $Runs = 5, [int] $Large = 0, [string] $Lines, [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{ rg = 'ripgrep'; mawk = 'mawk' }
# What the operators' document greps for, and 21 texts of attacks as somebody would write them for grep.
$runbook = 'union.*select|drop.*table|;.*--|or.*1.*=.*1'
$greps = 'union select|union all|<script|onerror=|onload=|javascript:|\.\./|\.\.%2f|/etc/passwd|/bin/sh|cmd\.exe|xp_cmdshell|information_schema|sleep\(|benchmark\(|waitfor delay|\$\{jndi:|php://|/\.env|/wp-login|sqlmap'
$servers = Start-Throwaway attack-speed
try {
    Set-Location $servers.Folder
    function New-Log([int] $Megabytes, [string] $Path, [string] $More) { Invoke-Peer "mawk -v n=$([long]$Megabytes * 1MB / 168) $More -f '$PSScriptRoot/attack-log.awk' > $Path" }
    Write-Host "A log of $Size MiB, 0.1 % attacks"
    New-Log $Size access.log
    Invoke-Peer 'head -1 access.log > one.log; gzip -1 -k access.log; cat access.log access.log.gz > /dev/null'
    for ($run = 0; $run -lt $Runs; $run++) {
        Measure-Case all-rules { Invoke-Ours 'Measure-OpsAttack -Path access.log' }
        Measure-Case ripgrep { Invoke-Peer "rg -ic '$greps' access.log" }
        # Through cat: grep stops at the first line when its output is /dev/null.
        Measure-Case grep { Invoke-Peer "LC_ALL=C grep -icE '$greps' access.log | cat" }
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
    $kinds = [ordered]@{}
    if ($Lines) {
        Write-Host 'Logs of real lines'
        $kinds = [ordered]@{ 'access lines' = 1.0; 'JSON requests' = 1.0; 'SQL statements' = 1.8; 'JSON full of prose' = 2.5 }
        $real = [IO.File]::ReadAllLines((Resolve-Path $Lines).Path)
        $access = @($real -match ' HTTP/1' -notmatch '^\{')
        $texts = [ordered]@{
            'access lines'       = $access
            'JSON requests'      = @(foreach ($line in $access) { if ($line -match '^(\S+) - - \[([^]]+)\] "(\S+) (\S+) [^"]+" (\d+) (\S+) "([^"]*)" "([^"]*)"') {
                        [ordered]@{ time = $Matches[2]; level = 'info'; msg = 'request'; remote_addr = $Matches[1]; method = $Matches[3]; uri = $Matches[4]; status = [int]$Matches[5]
                            bytes = $Matches[6]; referer = $Matches[7]; user_agent = $Matches[8] } | ConvertTo-Json -Compress } })
            'SQL statements'     = @($real -match ' LOG:  ')
            'JSON full of prose' = @($real -match '^\{')
        }
        foreach ($kind in $kinds.Keys) {
            $text = ($texts[$kind] -join "`n") + "`n"
            $file = [IO.StreamWriter]::new("$($servers.Folder)/$kind.log")
            for ($bytes = 0; $bytes -lt 96MB; $bytes += $text.Length) { $file.Write($text) }
            $file.Dispose()
        }
        for ($run = 0; $run -lt $Runs; $run++) {
            foreach ($kind in $kinds.Keys) {
                Measure-Case "real $kind" { Invoke-Ours "Measure-OpsAttack -Path '$kind.log'" -Warm "Measure-OpsAttack -Path '$kind.log'" }
                Measure-Case "ripgrep $kind" { Invoke-Peer "rg -ic '$greps' '$kind.log' || true" }
            }
        }
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
        foreach ($kind in $kinds.Keys) { Format-Row "real $kind, all rules and counters, warm" "real $kind" "ripgrep $kind" '`rg -ic`, 21 texts' $kinds[$kind] Inner }
        ''
        "Highest memory: $(Format-Peak all-rules) at $Size MiB$(if ($Large) { "; $(Format-Peak large) at $Large MiB, in $(Format-Time large)" })."
    )
}
finally {
    Set-Location $root
    Stop-Throwaway $servers
}
