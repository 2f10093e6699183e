#!/usr/bin/env pwsh

<#
.SYNOPSIS
Measures what a call costs before it does anything: the start of PowerShell, the import, the first result, in a fresh pwsh and in a session; and memory.
.PARAMETER Runs
Of every case.
.PARAMETER Output
Where start.md and start.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Runs = 11, [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{}
$servers = Start-Throwaway start
try {
    $folder = (New-Item -ItemType Directory "$($servers.Folder)/shop").FullName
    'environment: shop' | Set-Content "$folder/ops.yaml"
    Set-Location $folder

    # Seconds from the start of the process to the first byte it writes.
    function Measure-First([string] $Name, [string] $Command) {
        $start = [Diagnostics.ProcessStartInfo]::new($pwsh, [string[]]@('-NoProfile', '-NonInteractive', '-Command', $Command))
        $start.RedirectStandardOutput = $true
        $start.WorkingDirectory = $folder
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $process = [Diagnostics.Process]::Start($start)
        $null = $process.StandardOutput.Read()
        $seconds = $watch.Elapsed.TotalSeconds
        $null = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        if ($process.ExitCode) { throw "'$Command' ended with $($process.ExitCode)." }
        $measured.Add([pscustomobject]@{ Case = $Name; Seconds = $seconds; Inner = $null; Bytes = 0; Peak = 0 })
    }
    # What one session says of itself: seconds of import, first and second call, and its memory in KiB before, after import and after the first call.
    $inside = "function m { [int]((-join ((Get-Content /proc/self/status) -match '^VmRSS')) -replace '\D') }; function t(`$do) { `$w = [Diagnostics.Stopwatch]::StartNew(); `$null = & `$do; `$w.Elapsed.TotalSeconds }" +
    "; `$a = m; `$i = t { Import-Module '$manifest' }; `$b = m; `$f = t { Get-OpsEnvironment }; `$c = m; `$s = t { Get-OpsEnvironment }; (`$i, `$f, `$s, `$a, `$b, `$c).ForEach({ ([double]`$_).ToString([cultureinfo]::InvariantCulture) }) -join ' '"

    $memory = [Collections.Generic.List[object]]::new()
    for ($run = 0; $run -le $Runs; $run++) {
        if ($run -eq 1) { $measured.Clear(); $memory.Clear() } # the first one fills the caches
        Measure-First pwsh "'x'"
        Measure-First first-result "Import-Module '$manifest'; Get-OpsEnvironment"
        $said = (& $pwsh -NoProfile -NonInteractive -Command $inside) -split ' ' | ForEach-Object { [double]::Parse($_, [cultureinfo]::InvariantCulture) }
        foreach ($case in @{ import = 0; 'first-call' = 1; 'second-call' = 2 }.GetEnumerator()) {
            $measured.Add([pscustomobject]@{ Case = $case.Key; Seconds = $said[$case.Value]; Inner = $null; Bytes = 0; Peak = 0 })
        }
        $memory.Add([pscustomobject]@{ Empty = $said[3]; Imported = $said[4]; Called = $said[5] })
    }
    function Get-Memory([string] $Of) { $all = @($memory | ForEach-Object $Of | Sort-Object); [Math]::Round($all[[Math]::Floor($all.Count / 2)] / 1024) }
    function Format-Line([string] $What, [string] $Case) {
        $all = $measured | Where-Object Case -EQ $Case | Measure-Object Seconds -Minimum -Maximum
        [string]::Format([cultureinfo]::InvariantCulture, '| {0} | {1:n0} ms ({2:n0}-{3:n0}) |', $What, (Get-Median $Case) * 1000, $all.Minimum * 1000, $all.Maximum * 1000)
    }
    $figures.memoryMiB = [ordered]@{ pwsh = Get-Memory Empty; imported = Get-Memory Imported; called = Get-Memory Called }
    Complete-Bench start -Output $Output -Json:$Json -Lines @(
        "$(Get-Machine) Medians of $Runs runs (lowest-highest)."
        ''
        '| what | measured |'
        '|---|---|'
        Format-Line '`pwsh -NoProfile`, start to first output' pwsh
        Format-Line 'the same with import and `Get-OpsEnvironment`: start to first result in a fresh pwsh' first-result
        Format-Line '`Import-Module` in a session' import
        Format-Line 'first `Get-OpsEnvironment` in a session, after import' first-call
        Format-Line 'second one' second-call
        "| memory of pwsh; after import; after the first call | $($figures.memoryMiB.pwsh); $($figures.memoryMiB.imported); $($figures.memoryMiB.called) MiB |"
    )
}
finally {
    Set-Location $root
    Stop-Throwaway $servers
}
