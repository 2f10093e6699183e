#!/usr/bin/env pwsh

<#
.SYNOPSIS
Builds, shows, tests, proves, measures and packs OpsModule.
.DESCRIPTION
On Linux with apt it first installs what a verb needs. Elsewhere it does what needs no Debian: build, test, pack and clean.
It ends with 0; 1 when something failed; 2 when it was called wrongly; 3 when something is missing on this machine.
.PARAMETER Verb
quickstart (the default), build, test, prove, bench, pack or clean. 'help' describes them.
.PARAMETER Area
What to prove; everything without it.
.PARAMETER NoInstall
Only reports what is missing on this machine, instead of installing it with apt.
.EXAMPLE
./build.ps1 test
Builds the solution and runs every test.
.EXAMPLE
./build.ps1 prove recovery
Runs the whole matrices of the restore's tests and notes the result in docs/proofs.md.
#>
param(
    [ArgumentCompletions('build', 'quickstart', 'test', 'prove', 'bench', 'pack', 'clean', 'help')] [string] $Verb,
    [ArgumentCompletions('backups', 'recovery', 'health', 'logs', 'attacks', 'platforms', 'foundations', 'powershell', 'net8', 'kubernetes')] [string] $Area,
    [switch] $NoInstall
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
foreach ($part in 'Common', 'Packages', 'Compile', 'Tests', 'Proofs') { . "$PSScriptRoot/build/$part.ps1" }

function Show-Usage {
    @"
./build.sh [--no-install] [verb]        the same as ./build.ps1 [-NoInstall] [verb]

  build         builds the solution: the module in out/OpsModule
  quickstart    builds, then backs up, loses, restores and drills a sample application (the default)
  test          builds, then runs every test and prints "N passed, N failed, N skipped"
  prove [area]  builds, then runs the whole matrices of an area, or of all, with a seed (OPS_SEED), and notes it in docs/proofs.md
  bench         builds, then times OpsModule side by side with other tools (needs a quiet machine)
  pack          builds, then writes the package that Install-PSResource installs
  clean         removes everything that was built

  --no-install  only reports what is missing on this machine, instead of installing it with apt

Areas: $($ProofAreas.Keys -join ', ')
$($ProofsByName -join ', ') only when it is named: it builds a Kubernetes of Debian's source package (root, control groups v1, 3 GB, minutes).
"@
}

# Words as a shell writes them arrive here, too: ./build.sh --no-install test.
$words = @(@($Verb; $Area; $args) | Where-Object { $_ })
if ($words -contains '--no-install') { $NoInstall = $true }
$words = @($words | Where-Object { $_ -ne '--no-install' })
if ($words | Where-Object { $_ -in '-h', '--help', 'help' }) { Show-Usage; exit 0 }
if ($words.Count -eq 0) { $words = @('quickstart') }
$verbs = 'build', 'quickstart', 'test', 'prove', 'bench', 'pack', 'clean'
$Verb, $rest = $words
$rest = @($rest | Where-Object { $_ })
if ($Verb -notin $verbs) { Stop-Build "There is no verb '$Verb'; there are $($verbs -join ', ')." 2 }
$Area = if ($Verb -eq 'prove') { $rest | Select-Object -First 1; $rest = @($rest | Select-Object -Skip 1) }
if ($rest) { Stop-Build "One verb at a time: after '$Verb' there is '$($rest -join ' ')', which is not understood." 2 }
if ($Area -and $Area -notin $ProofAreas.Keys) { Stop-Build "There is no area '$Area' to prove; there are $($ProofAreas.Keys -join ', ')." 2 }

Set-Location -LiteralPath $PSScriptRoot
$env:DOTNET_NOLOGO = $env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
if ($Verb -in 'quickstart', 'bench' -and -not $IsLinux) { Stop-Build "'$Verb' starts throwaway servers and needs Linux (or WSL)." 3 }
Assert-Writable
if ($Verb -eq 'clean') { Clear-Build; exit 0 }
Assert-Sdk
Find-Pwsh
Install-Missing $Verb -NoInstall:$NoInstall

switch ($Verb) {
    'build' { if (-not (Invoke-Compile)) { exit 1 } }
    'test' { exit (Invoke-AllTests) }
    'prove' { exit (Invoke-Proof $Area) }
    default {
        if (-not (Invoke-Compile)) { exit 1 }
        $script = @{ quickstart = 'examples/quickstart/quickstart.ps1'; bench = 'bench/run.ps1'; pack = 'build/pack.ps1' }[$Verb]
        if (-not (Test-Path $script)) { Stop-Build "$script is missing: this tree is not complete." 3 }
        # In this process: whoever ends it has ended it all.
        $global:LASTEXITCODE = 0
        & "./$script"
        exit $LASTEXITCODE
    }
}
exit 0
