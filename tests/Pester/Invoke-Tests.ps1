<# Runs the Pester tests against out/OpsModule, with the Pester of OPS_PESTER where build.sh named one; what takes minutes (tag prove) only with -Prove.
The last line is the sum; the exit code is the number of failures. #>
param([string] $ResultPath, [switch] $Prove)

$ErrorActionPreference = 'Stop'
Import-Module ($env:OPS_PESTER ? (Join-Path $env:OPS_PESTER Pester.psd1) : 'Pester') -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
$configuration.Run.Exit = $false
if ($Prove) { $configuration.Filter.Tag = 'prove' } else { $configuration.Filter.ExcludeTag = 'prove' }
$configuration.Output.Verbosity = 'Normal'
$run = Invoke-Pester -Configuration $configuration
$failed = $run.FailedCount + $run.FailedContainersCount + $run.FailedBlocksCount
if ($ResultPath) {
    [ordered]@{ Passed = $run.PassedCount; Failed = $failed; Skipped = $run.SkippedCount } | ConvertTo-Json -Compress | Set-Content $ResultPath
}
"$($run.PassedCount) passed, $failed failed, $($run.SkippedCount) skipped"
exit [Math]::Min($failed, 100)
