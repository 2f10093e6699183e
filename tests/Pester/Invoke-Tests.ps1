<#
.SYNOPSIS
Runs the Pester tests against out/OpsModule. The last line is the sum; the exit code is the number of failures.
.PARAMETER ResultPath
Where the figures are written as JSON.
.PARAMETER Name
Only the files of these names, without .Tests.ps1; wildcards are permitted.
.PARAMETER Prove
Runs what takes minutes (*.Prove.ps1) in place of the others.
#>
param([string] $ResultPath, [string[]] $Name = '*', [switch] $Prove)

$ErrorActionPreference = 'Stop'
Import-Module ($env:OPS_PESTER ? (Join-Path $env:OPS_PESTER Pester.psd1) : 'Pester') -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = @($Name | ForEach-Object { Get-ChildItem $PSScriptRoot -Filter "$_.$($Prove ? 'Prove' : 'Tests').ps1" } | ForEach-Object FullName)
$configuration.Run.PassThru = $true
$configuration.Run.Exit = $false
$configuration.Output.Verbosity = 'Normal'
$global:OpsPesterServers = $null
try { $run = Invoke-Pester -Configuration $configuration }
finally {
    . "$PSScriptRoot/../../build/Throwaway.ps1"
    Stop-Throwaway $global:OpsPesterServers
}
$failed = $run.FailedCount + $run.FailedContainersCount + $run.FailedBlocksCount
$skipped = $run.SkippedCount + $run.NotRunCount + $run.InconclusiveCount
if ($ResultPath) { [ordered]@{ Passed = $run.PassedCount; Failed = $failed; Skipped = $skipped } | ConvertTo-Json -Compress | Set-Content $ResultPath }
"$($run.PassedCount) passed, $failed failed, $skipped skipped"
exit [Math]::Min($failed, 100)
