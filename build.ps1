<#
.SYNOPSIS
Builds, shows, tests and measures OpsModule: build.sh, for those who live in PowerShell.
.EXAMPLE
./build.ps1 test
Builds the solution and runs every test.
#>
[CmdletBinding()]
param(
    # build, quickstart (the default), test, bench or clean.
    [ValidateSet('build', 'quickstart', 'test', 'bench', 'clean')]
    [string] $Verb = 'quickstart',

    # Only report what is missing on this machine, instead of installing it with apt.
    [switch] $NoInstall
)

$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

if (-not $IsWindows) {
    # One implementation: the shell's. It is told which PowerShell to use.
    $env:OPS_PWSH = Join-Path $PSHOME pwsh
    $options = if ($NoInstall) { '--no-install' }
    & bash ./build.sh @options $Verb
    exit $LASTEXITCODE
}

$configuration = $env:OPS_CONFIGURATION ?? 'Release'
switch ($Verb) {
    'build' { dotnet build OpsModule.sln -c $configuration --nologo }
    'test' { dotnet test OpsModule.sln -c $configuration --nologo }
    'clean' {
        Remove-Item out -Recurse -Force -ErrorAction Ignore
        Get-ChildItem src, tests, bench -Recurse -Directory -Include bin, obj, TestResults | Remove-Item -Recurse -Force
    }
    default { throw "'$Verb' starts throwaway servers and needs Linux (or WSL)." }
}
exit $LASTEXITCODE
