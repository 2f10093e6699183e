<#
.SYNOPSIS
Builds a container image with PowerShell, the module and its programs, by the Containerfile.
.EXAMPLE
./build/image.ps1 -Base my-debian:12 -Tag opsmodule
Builds on a Debian image of your own; docker build fetches nothing else but Debian's packages, and those only when the base has not got them.
#>
[CmdletBinding()]
param(
    # The image to build on: Debian 12.
    [Parameter(Mandatory)]
    [string] $Base,

    # The name of the image.
    [string] $Tag = 'opsmodule',

    # The finished module.
    [string] $Path = (Join-Path $PSScriptRoot '../out/OpsModule'),

    # The folder of PowerShell: this one's own.
    [string] $PowerShell = $PSHOME
)

$ErrorActionPreference = 'Stop'
if (-not (Test-Path (Join-Path $Path OpsModule.psd1))) { throw "$Path has no module. Build it first: ./build.sh build" }
$context = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "ops-image-$([guid]::NewGuid().ToString('n'))")
try {
    Copy-Item -Recurse $Path (Join-Path $context OpsModule)
    # Of PowerShell what Linux needs: the tool's package has the libraries of every system.
    Copy-Item -Recurse $PowerShell (Join-Path $context powershell)
    Get-ChildItem (Join-Path $context powershell/runtimes) -Directory -ErrorAction Ignore | Where-Object Name -NotIn 'linux', 'linux-x64', 'linux-arm64', 'unix' | Remove-Item -Recurse -Force
    # And the .NET that runs it, unless it brings its own.
    $dotnet = New-Item -ItemType Directory (Join-Path $context dotnet)
    if (-not (Test-Path (Join-Path $PowerShell libcoreclr.so))) {
        $runtime = Split-Path ([object].Assembly.Location)
        $root = Split-Path (Split-Path (Split-Path $runtime))
        foreach ($part in [IO.Path]::GetRelativePath($root, $runtime), 'host/fxr') {
            New-Item -ItemType Directory -Force (Split-Path (Join-Path $dotnet $part)) | Out-Null
            Copy-Item -Recurse (Join-Path $root $part) (Join-Path $dotnet $part)
        }
    }
    Copy-Item (Join-Path $PSScriptRoot ../Containerfile) $context
    & chmod -R a+rX $context
    & chmod 755 (Join-Path $context powershell/pwsh)
    & docker build --build-arg "BASE=$Base" -t $Tag -f (Join-Path $context Containerfile) $context
    if ($LASTEXITCODE -ne 0) { throw "docker build ended with exit code $LASTEXITCODE." }
}
finally { Remove-Item -Recurse -Force $context }
