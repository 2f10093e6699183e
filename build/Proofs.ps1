# Proves an area: the whole matrices, with a seed, and notes what came of it. Dot-sourced by build.ps1.

# Folders of tests/OpsModule.Engine.Tests, but for two. tests/Pester looks that each folder is in one of them.
$ProofAreas = [ordered]@{
    backups     = 'Backups', 'Imports', 'Retention', 'Stores'
    caches      = @('Caches')
    recovery    = 'Recovery', 'Postgres', 'Databases'
    health      = 'Health', 'Alerts', 'Reports'
    logs        = 'Logs', 'PrintableTextTests'
    attacks     = 'Attacks', 'ThreatModelTests'
    platforms   = 'Platforms', 'Services', 'Storage', 'Redis'
    configuration = 'Configuration', 'Sets'
    schedules   = @('Schedules')
    rollouts    = @('Rollouts')
    secrets     = @('Secrets')
    tenants     = 'Tenants', 'Lockdown'
    foundations = 'Changes', 'Forwarding', 'Environments', 'EnvFiles', 'Files', 'Processes', 'Fixtures', 'NamePatternTests', 'ErrorPageTests'
    powershell  = @()
    net8        = @()
    kubernetes  = @()
}

# Areas that are proven only when they are named: they need more of a machine than the others.
$ProofsByName = @('kubernetes')

function Invoke-Proof([string] $Area) {
    $areas = if ($Area) { @($Area) } else { @($ProofAreas.Keys | Where-Object { $_ -notin $ProofsByName }) }
    Find-Pester
    if (-not (Invoke-Compile)) { return 1 }
    Clear-TestResults
    $env:OPS_PROVE = '1'
    if (-not $env:OPS_SEED) { $env:OPS_SEED = [string](Get-Random -Minimum 1 -Maximum 1000000000) }
    $failed = 0
    foreach ($one in $areas) {
        Write-Host "`nProving $one, seed $env:OPS_SEED"
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $counts = @(Invoke-AreaProof $one)
        $row = [ordered]@{ area = $one; date = [datetime]::UtcNow.ToString('yyyy-MM-dd'); commit = Get-Commit; seed = $env:OPS_SEED }
        foreach ($kind in 'Passed', 'Failed', 'Skipped') { $row[$kind] = [int]($counts | Measure-Object $kind -Sum).Sum }
        $row.seconds = [int]$watch.Elapsed.TotalSeconds
        Write-Proof $row
        Write-TestFailure $counts
        Write-Host "$one`: $($row.Passed) passed, $($row.Failed) failed, $($row.Skipped) skipped in $($row.seconds) s; seed $env:OPS_SEED"
        if ($row.Failed -or $row.Skipped) {
            $failed++
            Write-Host "To see it again: OPS_SEED=$env:OPS_SEED ./build.sh prove $one"
        }
    }
    [int]($failed -gt 0)
}

function Invoke-AreaProof([string] $Area) {
    switch ($Area) {
        'powershell' {
            Invoke-TestProject OpsModule.Cmdlets.Tests
            Invoke-PesterGroup
            Invoke-PesterGroup -Prove
        }
        'net8' {
            # Ends as a program does; its numbers stand in a file as Pester's do.
            if (-not (Test-Path build/net8.ps1)) { Stop-Build 'build/net8.ps1 is missing: this tree is not complete.' 3 }
            & $env:OPS_PWSH -NoProfile -File build/net8.ps1 -ResultPath "$TestResults/net8.json" | Out-Host
            $code = $LASTEXITCODE
            if (Test-Path "$TestResults/net8.json") { Get-Content -Raw "$TestResults/net8.json" | ConvertFrom-Json }
            else { [pscustomobject]@{ Passed = [int]($code -eq 0); Failed = [int]($code -ne 0); Skipped = 0 } }
        }
        'kubernetes' { Invoke-ClusterProof }
        default {
            $filter = ($ProofAreas[$Area] | ForEach-Object { "FullyQualifiedName~OpsModule.Engine.Tests.$_." }) -join '|'
            Invoke-TestProject OpsModule.Engine.Tests $filter "proof-$Area"
        }
    }
}

# The cmdlets on a real Kubernetes, which is built once (build/kubernetes) and lives only meanwhile.
function Invoke-ClusterProof {
    . "$PSScriptRoot/Throwaway.ps1"
    $cache = $env:OPS_KUBERNETES ?? '/var/tmp/ops-kubernetes'
    bash build/kubernetes/build.sh $cache | Out-Host
    if ($LASTEXITCODE) { return [pscustomobject]@{ Passed = 0; Failed = 1; Skipped = 0 } }
    $cluster = Start-Throwaway kubernetes $cache "$PSScriptRoot/kubernetes/lab.sh"
    try { Invoke-PesterGroup -Kind Cluster }
    finally { Stop-Throwaway $cluster }
}

function Get-Commit {
    $hash = git rev-parse --short=10 HEAD 2>$null
    if (-not $hash) { return 'no repository' }
    $changed = git status --porcelain -- . ':!docs/proofs.md' 2>$null
    $hash + ($changed ? ', changed' : '')
}

# One row for each area, the newest.
function Write-Proof($Row, [string] $Path = 'docs/proofs.md') {
    $rows = [ordered]@{}
    if (Test-Path $Path) { foreach ($line in Get-Content $Path) { if ($line -match '^\| (\w+) \| \d{4}-') { $rows[$Matches[1]] = $line } } }
    $rows[$Row.area] = "| $($Row.area) | $($Row.date) | $($Row.commit) | $($Row.Passed) | $($Row.Failed) | $($Row.Skipped) | $($Row.seconds) | $($Row.seed) |"
    @(
        '# Proofs'
        ''
        'What `./build.sh test` does once for each step, kind and fault, `./build.sh prove` does for all of their combinations, and with many more made-up inputs, from a seed.'
        'This page is written by it: the newest run of each area. `OPS_SEED=<seed> ./build.sh prove <area>` runs it again.'
        ''
        '| area | date | commit | passed | failed | skipped | seconds | seed |'
        '|---|---|---|---|---|---|---|---|'
        $ProofAreas.Keys | Where-Object { $rows.Contains($_) } | ForEach-Object { $rows[$_] }
    ) | Set-Content $Path
}
