<#
.SYNOPSIS
Runs the engine's tests on .NET 8, the oldest that the module runs on; `./build.sh test` runs them on the SDK's own.
.DESCRIPTION
Puts a .NET 8 of its own together in out/net8, out of the package of its runtime, and builds the tests beside it: neither an installed .NET 8
nor what was built before is needed or touched. The last line is the sum; the exit code is 0 when all passed.
.PARAMETER ResultPath
Where the figures are written as JSON.
.PARAMETER Filter
Only these tests, as `dotnet test --filter` takes it.
.EXAMPLE
./build/net8.ps1 -Filter FullyQualifiedName~Alerts
Runs the tests of the alerts.
#>
[CmdletBinding()]
param([string] $ResultPath, [string] $Filter)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
if ($ResultPath) { $ResultPath = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($ResultPath) }
Set-Location -LiteralPath "$PSScriptRoot/.."
foreach ($part in 'Common', 'Tests') { . "$PSScriptRoot/$part.ps1" }
$folder = Join-Path (Get-Location) out/net8
$dotnet = Join-Path $folder dotnet
$TestResults = Join-Path $folder results

# A dotnet as an installer lays it out: the program and the host library of the SDK, and below 'shared' the runtime.
function Install-Runtime {
    $system = "linux-$("$([Runtime.InteropServices.RuntimeInformation]::OSArchitecture)".ToLowerInvariant())"
    $log = @(dotnet restore build/tools.proj "-p:OpsRuntime=$system" -v quiet 2>&1 | ForEach-Object ToString)
    if ($LASTEXITCODE) { Stop-Build "'dotnet restore build/tools.proj' brings .NET 8 and failed: $((Get-RestoreProblem $log) ?? ($log | Select-Object -First 1))" 3 }
    $packages = "$(dotnet nuget locals global-packages --list)" -replace '^global-packages: ' -replace '[\\/]$'
    $version = ([xml](Get-Content -Raw build/tools.proj)).SelectSingleNode('//PackageDownload[contains(@Include, "OpsRuntime")]').Version.Trim('[', ']')
    $package = "$packages/microsoft.netcore.app.runtime.$system/$version/runtimes/$system"
    Remove-Item $dotnet -Recurse -Force -ErrorAction Ignore
    $shared = New-Item -ItemType Directory "$dotnet/shared/Microsoft.NETCore.App/$version"
    Copy-Item "$package/lib/net8.0/*", "$package/native/*" $shared
    $host8 = New-Item -ItemType Directory "$dotnet/host/fxr/$version"
    Move-Item "$shared/libhostfxr.so" $host8
    Copy-Item (Get-Item (Get-Command dotnet -CommandType Application | Select-Object -First 1).Source | ForEach-Object { $_.ResolveLinkTarget($true)?.FullName ?? $_.FullName }) $dotnet
    $version
}

if (-not $IsLinux) { Stop-Build 'The tests need Linux (or WSL).' 3 }
$version = Install-Runtime
Clear-TestResults
$project = 'OpsModule.Engine.Tests'
dotnet build "tests/$project" -c Release --disable-build-servers --artifacts-path $folder -p:OpsTestFramework=net8.0 --nologo -v quiet -tl:off | Out-Host
if ($LASTEXITCODE) { Stop-Build 'The tests do not build for .NET 8.' }

Write-Host "`n== $project on .NET $version"
# What the tests start of themselves and of PATH is to be .NET 8, too.
$env:DOTNET_ROOT = $dotnet
$options = @(Get-TestOption $project $Filter net8) | Where-Object { $_ -notin 'test', '--no-build', '-c', 'Release' -and $_ -notlike '*.csproj' }
dotnet test "$folder/bin/$project/release/$project.dll" @options -- "RunConfiguration.DotNetHostPath=$dotnet/dotnet" | Out-Host
$count = Get-TestCount net8 $LASTEXITCODE
if ($ResultPath) { $count | ConvertTo-Json -Compress | Set-Content -LiteralPath $ResultPath }
"$($count.Passed) passed, $($count.Failed) failed, $($count.Skipped) skipped"
exit [int]($count.Failed + $count.Skipped -gt 0)
