<#
.SYNOPSIS
Runs the Pester tests against out/OpsModule. The last line is the sum; the exit code is the number of failures.
.PARAMETER ResultPath
Where the figures are written as JSON.
.PARAMETER Name
Only the files of these names, without .Tests.ps1; wildcards are permitted.
.PARAMETER Prove
Runs what takes minutes (*.Prove.ps1) in place of the others.
.PARAMETER Kind
Tests, Prove, or Cluster: what needs a real Kubernetes (*.Cluster.ps1).
#>
param([string] $ResultPath, [string[]] $Name = '*', [switch] $Prove, [ValidateSet('Tests', 'Prove', 'Cluster')] [string] $Kind = ($Prove ? 'Prove' : 'Tests'))

$ErrorActionPreference = 'Stop'
Import-Module ($env:OPS_PESTER ? (Join-Path $env:OPS_PESTER Pester.psd1) : 'Pester') -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = @($Name | ForEach-Object { Get-ChildItem $PSScriptRoot -Filter "$_.$Kind.ps1" } | ForEach-Object FullName)
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
if ($ResultPath) {
    . "$PSScriptRoot/../../build/Tests.ps1"
    $failures = @($run.Failed; $run.FailedBlocks; $run.FailedContainers) | ForEach-Object { Get-FailureLine "$($_.ExpandedPath ?? $_.Item)" "$($_.ErrorRecord | Select-Object -First 1)" }
    [ordered]@{ Passed = $run.PassedCount; Failed = $failed; Skipped = $skipped; Failures = @($failures) } | ConvertTo-Json -Compress | Set-Content $ResultPath
}
"$($run.PassedCount) passed, $failed failed, $skipped skipped"
exit [Math]::Min($failed, 100)
