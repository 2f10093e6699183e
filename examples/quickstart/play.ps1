<#
.SYNOPSIS
Plays a runbook in PowerShell as a person would read it: each comment, each command, what it says and how long it took.
#>
param(
    [Parameter(Mandatory)] [string] $Runbook,
    [Parameter(Mandatory)] [string] $Module
)

if ([Console]::IsOutputRedirected) { $PSStyle.OutputRendering = 'PlainText' }
Import-Module $Module
$failures = 0
foreach ($line in Get-Content $Runbook) {
    if ($line.StartsWith('#')) { Write-Host "`n$line" -ForegroundColor Green; continue }
    if (-not $line.Trim()) { continue }
    Write-Host "PS> $line" -ForegroundColor Cyan
    $before = $Error.Count
    $global:LASTEXITCODE = 0
    $watch = [Diagnostics.Stopwatch]::StartNew()
    Invoke-Expression $line | Out-Host
    Write-Host ('    {0:n1} s' -f $watch.Elapsed.TotalSeconds) -ForegroundColor DarkGray
    if ($Error.Count -gt $before -or $LASTEXITCODE) { $failures++ }
}
exit [Math]::Min($failures, 1)
