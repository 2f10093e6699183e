#!/usr/bin/env pwsh

<#
.SYNOPSIS
Measures the attack rules on data sets: recall for each category and rendering, false positives at each confidence.
.DESCRIPTION
A folder has attack.tsv (category, tab, payload) and benign.log, or one of them.
.PARAMETER Folder
The data sets.
.PARAMETER Rules
A folder of rules, in place of the module's.
.PARAMETER Formats
A file with lines of formats, such as tests/data/attacks/formats.tsv: recall in each of them, too.
.PARAMETER Misses
A category whose payloads that are not found are printed.
.PARAMETER Alarms
Also prints what is found in the benign lines.
.PARAMETER Json
Ends with one line of JSON: the lines of the tables.
#>
param([Parameter(Mandatory, ValueFromRemainingArguments)] [string[]] $Folder, [string] $Rules, [string] $Misses, [string] $Formats, [switch] $Alarms, [switch] $Json)

$options = @(if ($Rules) { '--rules', $Rules }; if ($Misses) { '--misses', $Misses }; if ($Formats) { '--formats', (Resolve-Path $Formats).Path }; if ($Alarms) { '--alarms' })
$said = dotnet run --project "$PSScriptRoot/attack-quality" -c Release --nologo -- @($Folder | ForEach-Object { (Resolve-Path $_).Path }) @options | ForEach-Object { Write-Host $_; $_ }
$code = $LASTEXITCODE
if ($Json) { [ordered]@{ bench = 'attack-quality'; rows = @($said -match '^\|' -notmatch '^\|-') } | ConvertTo-Json -Compress }
exit $code
