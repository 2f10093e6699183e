# Timing of cases in turns, and the arithmetic over them. Dot-source it in a measurement, which has the parameters Json and Output.

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$root = (Resolve-Path "$PSScriptRoot/..").Path
. "$root/build/Throwaway.ps1"
$manifest = "$root/out/OpsModule/OpsModule.psd1"
# PowerShell itself: the tool's 'pwsh' would be measured with a shim around it.
$pwsh = $env:OPS_PWSH ? $env:OPS_PWSH : (Join-Path $PSHOME pwsh)
$env:OPS_ENVIRONMENT = $null
$env:PSQLRC = '/dev/null'
# What was measured: case, seconds of the whole process, seconds of the pipeline alone (ours), bytes stored, peak in KiB (ours).
$measured = [Collections.Generic.List[object]]::new()
$last = @{ Inner = $null; Peak = 0 }

function Stop-Bench([string] $Message) { [Console]::Error.WriteLine("bench: $Message"); exit 3 }
function Assert-Program([hashtable] $Packages) {
    if (-not (Test-Path $manifest)) { Stop-Bench 'Build first: ./build.sh build' }
    foreach ($program in $Packages.Keys) { if (-not (Get-Command $program -CommandType Application -ErrorAction Ignore)) { Stop-Bench "$program is not installed (Debian package $($Packages[$program]))." } }
}

# Runs a program to its end, its output in a file; ends the measurement when the program fails. Notes the highest memory the kernel saw of it alone.
function Invoke-Program([string[]] $Command, [int[]] $Accept = 0) {
    $start = [Diagnostics.ProcessStartInfo]::new($Command[0], [string[]]@($Command | Select-Object -Skip 1))
    $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $start.WorkingDirectory = $PWD.Path
    $process = [Diagnostics.Process]::Start($start)
    $said = [IO.File]::Create("$($servers.Folder)/case.out")
    try {
        $output = $process.StandardOutput.BaseStream.CopyToAsync($said)
        $errors = $process.StandardError.ReadToEndAsync()
        do {
            $line = try { [IO.File]::ReadAllLines("/proc/$($process.Id)/status") -match '^VmHWM' } catch { }
            if ("$line" -match '(\d+)') { $last.Peak = [int]$Matches[1] }
        } until ($process.WaitForExit(100))
        $process.WaitForExit()
        $output.Wait()
    }
    finally { $said.Dispose() }
    if ($process.ExitCode -notin $Accept) { throw "'$($Command -join ' ')' ended with $($process.ExitCode): $($errors.Result) $(Get-Content -Raw "$($servers.Folder)/case.out")" }
}

# A pipeline of ours, as a schedule runs it: in a PowerShell of its own, which also says how long the pipeline took without start and import.
function Invoke-Ours([string] $Pipeline, [string] $Warm) {
    $inner = "$($servers.Folder)/inner"
    Invoke-Program $pwsh, '-NoProfile', '-NonInteractive', '-Command', "`$ErrorActionPreference = 'Stop'; Import-Module '$manifest'; $(if ($Warm) { "`$null = $Warm; " })`$watch = [Diagnostics.Stopwatch]::StartNew(); & { $Pipeline } | Out-Default; [IO.File]::WriteAllText('$inner', `$watch.Elapsed.TotalSeconds.ToString([cultureinfo]::InvariantCulture))"
    $last.Inner = [double]::Parse([IO.File]::ReadAllText($inner), [cultureinfo]::InvariantCulture)
}

# What people use today, as they write it in a shell.
function Invoke-Peer([string] $Command) { Invoke-Program bash, '-c', "set -euo pipefail; $Command" }

# Times one case. What stands in Before and After is not timed.
function Measure-Case([string] $Name, [scriptblock] $Do, [scriptblock] $Before, [scriptblock] $After, [scriptblock] $Bytes, [switch] $Unnoted) {
    if ($Before) { $null = & $Before }
    sync
    $last.Inner = $null
    $last.Peak = 0
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $null = & $Do
    $seconds = $watch.Elapsed.TotalSeconds
    $size = if ($Bytes) { [long](& $Bytes) } else { 0 }
    if ($After) { $null = & $After }
    if ($Unnoted) { return }
    $measured.Add([pscustomobject]@{ Case = $Name; Seconds = $seconds; Inner = $last.Inner; Bytes = $size; Peak = $null -ne $last.Inner ? $last.Peak : 0 })
    Write-Host ([string]::Format([cultureinfo]::InvariantCulture, '    {0,-28} {1,8:n2} s  {2,8:n1} MiB stored  {3,6:n0} MiB peak', $Name, $seconds, $size / 1MB, $measured[-1].Peak / 1024))
}

function Get-Median([string] $Case, [string] $Of = 'Seconds') {
    $all = @($measured | Where-Object Case -EQ $Case | ForEach-Object $Of | Where-Object { $null -ne $_ } | Sort-Object)
    if ($all) { ($all[[Math]::Floor(($all.Count - 1) / 2)] + $all[[Math]::Ceiling(($all.Count - 1) / 2)]) / 2 }
}

function Format-Time([string] $Case, [string] $Of = 'Seconds') {
    $all = $measured | Where-Object Case -EQ $Case | ForEach-Object $Of | Measure-Object -Minimum -Maximum
    [string]::Format([cultureinfo]::InvariantCulture, '{0:n2} s ({1:n2}-{2:n2})', (Get-Median $Case $Of), $all.Minimum, $all.Maximum)
}

# A row of the table: ours beside the peer's, as a ratio of medians. Of is Seconds (whole process), Inner (without start and import) or Bytes.
function Format-Row([string] $What, [string] $Ours, [string] $Theirs, [string] $Peer, [Nullable[double]] $Target, [string] $Of = 'Seconds') {
    $column = $Of -eq 'Bytes' ? 'Bytes' : 'Seconds'
    $left = Get-Median $Ours $Of
    $right = Get-Median $Theirs $column
    if ($null -eq $left -or -not $right) { return }
    $ratio = $left / $right
    $texts = if ($Of -eq 'Bytes') { ($left, $right).ForEach({ [string]::Format([cultureinfo]::InvariantCulture, '{0:n1} MiB', $_ / 1MB) }) } else { (Format-Time $Ours $Of), (Format-Time $Theirs) }
    $figures.ratios["$Ours/$Theirs/$Of".ToLowerInvariant()] = [Math]::Round($ratio, 3)
    $met = $null -eq $Target ? '' : $ratio -le $Target ? 'yes' : 'no'
    [string]::Format([cultureinfo]::InvariantCulture, '| {0} | {1} | {2} | {3} | **{4:n2}** | {5} | {6} |', $What, $texts[0], $Peer, $texts[1], $ratio, ($null -eq $Target ? '' : "≤ $Target"), $met)
}

function Get-Machine {
    $cpu = (Get-Content /proc/cpuinfo) -match '^model name' -replace '^[^:]*: ' | Select-Object -First 1
    "Measured $([datetime]::UtcNow.ToString('yyyy-MM-dd')) on $([Environment]::ProcessorCount) cores ($cpu), Linux $(uname -r), PowerShell $($PSVersionTable.PSVersion), load $((Get-Content /proc/loadavg).Split(' ')[0])."
}

# What a measurement has found out, for one JSON line: ratios and medians by case, and what it adds itself.
$figures = [ordered]@{ bench = ''; date = [datetime]::UtcNow.ToString('yyyy-MM-dd'); ratios = [ordered]@{}; medians = [ordered]@{} }

# Ends a measurement: the table in a file and on the screen, and with -Json the figures as its last line.
function Complete-Bench([string] $Name, [string[]] $Lines, [string] $Output, [switch] $Json) {
    $figures.bench = $Name
    foreach ($case in $measured | Group-Object Case) {
        $medians = [ordered]@{ seconds = [Math]::Round((Get-Median $case.Name), 4) }
        if ($null -ne ($inner = Get-Median $case.Name Inner)) { $medians.withoutStart = [Math]::Round($inner, 4); $medians.peakMiB = [Math]::Round((Get-Median $case.Name Peak) / 1024, 1) }
        $figures.medians[$case.Name] = $medians
    }
    $null = New-Item -ItemType Directory -Force $Output
    $Lines | Set-Content "$Output/$Name.md"
    $measured | Export-Csv "$Output/$Name.csv"
    Write-Host ''
    $Lines | ForEach-Object { Write-Host $_ }
    if ($Json) { $figures | ConvertTo-Json -Depth 5 -Compress }
}
