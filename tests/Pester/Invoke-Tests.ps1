<# Runs the Pester tests against out/OpsModule. The last line is the sum; the exit code is the number of failures. #>
param([string] $ResultPath)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
$configuration.Run.Exit = $false
$configuration.Output.Verbosity = 'Normal'
$run = Invoke-Pester -Configuration $configuration
$failed = $run.FailedCount + $run.FailedContainersCount + $run.FailedBlocksCount
if ($ResultPath) {
    [ordered]@{ Passed = $run.PassedCount; Failed = $failed; Skipped = $run.SkippedCount } | ConvertTo-Json -Compress | Set-Content $ResultPath
}
"$($run.PassedCount) passed, $failed failed, $($run.SkippedCount) skipped"
exit [Math]::Min($failed, 100)
