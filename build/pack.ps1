<#
.SYNOPSIS
Writes the package out/OpsModule.<version>.nupkg from out/OpsModule, and gives its file.
.DESCRIPTION
The release notes come from the newest section of CHANGELOG.md. Build without OpsAhead=false first: a package without native code starts slowly.
.EXAMPLE
./build/pack.ps1
#>
[CmdletBinding()]
param(
    # The finished module.
    [string] $Path = (Join-Path $PSScriptRoot '../out/OpsModule'),

    # The folder to write to.
    [string] $Destination = (Join-Path $PSScriptRoot '../out')
)

$ErrorActionPreference = 'Stop'
foreach ($part in 'OpsModule.psd1', 'LICENSE', 'THIRD-PARTY-NOTICES', 'en-US/OpsModule.dll-Help.xml', 'native/linux-x64/OpsModule.dll', 'native/linux-arm64/OpsModule.dll') {
    if (-not (Test-Path (Join-Path $Path $part))) { throw "$Path has no $part. Build the whole module first: ./build.sh build, without OpsAhead=false." }
}
$version = (Import-PowerShellDataFile (Join-Path $Path OpsModule.psd1)).ModuleVersion

# The first section that says something: above a release it is what is not released yet.
$sections = (Get-Content -Raw (Join-Path $PSScriptRoot ../CHANGELOG.md)) -split '(?m)^## ' | Select-Object -Skip 1
$notes = $sections.ForEach({ ($_ -split '\r?\n', 2)[1].Trim() }).Where({ $_ }, 'First')[0]
if (-not $notes) { throw 'CHANGELOG.md has no section with notes for a release.' }

$work = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "ops-pack-$([guid]::NewGuid().ToString('n'))")
try {
    # The module as it was built stays as it is: the notes, and the tags by which Find-PSResource -CommandName knows cmdlets, are written into a copy.
    $copy = Join-Path $work OpsModule
    Copy-Item -Recurse $Path $copy
    $manifest = Join-Path $copy OpsModule.psd1
    $text = Get-Content -Raw $manifest
    $with = $text -replace '(PSData\s*=\s*@\{)', { "$($_.Value)`n            ReleaseNotes = '$([Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($notes))'" }
    if ($with -eq $text) { throw 'OpsModule.psd1 has no PSData for the release notes.' }
    $tags = (Import-PowerShellDataFile $manifest).CmdletsToExport.ForEach({ "'PSCmdlet_$_', 'PSCommand_$_', " }) -join ''
    $tagged = $with -replace '(?<=\bTags\s*=\s*@\()', $tags
    if ($tagged -eq $with) { throw 'OpsModule.psd1 has no Tags for the names of its cmdlets.' }
    [IO.File]::WriteAllText($manifest, $tagged)
    if (-not (Test-ModuleManifest $manifest).ReleaseNotes) { throw 'The manifest did not take the release notes.' }
    Compress-PSResource -Path $copy -DestinationPath $work
    $package = Join-Path $Destination "OpsModule.$version.nupkg"
    Move-Item -Force (Join-Path $work "OpsModule.$version.nupkg") $package
    Get-Item $package
}
finally { Remove-Item -Recurse -Force $work }
