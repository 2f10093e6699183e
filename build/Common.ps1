# What every part of the build uses. Dot-sourced by build.ps1, whose $ErrorActionPreference is Stop.

function Stop-Build([string] $Message, [int] $Code = 1) {
    [Console]::Error.WriteLine("build: $Message")
    exit $Code
}

# One sentence for what dotnet says in twenty lines when packages cannot be had; nothing when it is about something else.
function Get-RestoreProblem([string[]] $Log) {
    $text = $Log -join "`n"
    $first = "$($Log | Where-Object { $_ -match 'error|denied|Unable' } | Select-Object -First 1)".Trim()
    if ($text -match 'denied|Read-only file system') { "it may not write where packages are kept: $first" }
    elseif ($text -match 'NU1301|service index') { "no package source answers; is there a network? $first" }
    elseif ($text -match 'NU1004') { "a lock file does not fit its project: 'dotnet restore --force-evaluate' writes it anew. $first" }
    elseif ($text -match 'NU1\d{3}') { $first }
}

function Assert-Sdk {
    $wanted = (Get-Content -Raw global.json | ConvertFrom-Json).sdk.version
    $where = 'https://dotnet.microsoft.com/download'
    if (-not (Get-Command dotnet -CommandType Application -ErrorAction Ignore)) { Stop-Build "The .NET SDK $wanted or newer is missing (global.json): $where" 3 }
    $log = @(dotnet --version 2>&1 | ForEach-Object ToString)
    if ($LASTEXITCODE -and "$log" -notmatch 'global\.json') { Stop-Build "'dotnet --version' fails: $($log[0])" 3 }
    if ($LASTEXITCODE) { Stop-Build "The .NET SDK $wanted or newer is missing (global.json); 'dotnet --list-sdks' shows what there is: $where" 3 }
}

function Assert-Writable {
    try {
        $null = New-Item -ItemType Directory -Force out
        $probe = Join-Path (Resolve-Path out) ".write-$PID"
        [IO.File]::WriteAllText($probe, '')
        [IO.File]::Delete($probe)
    }
    catch { Stop-Build "Nothing can be written to $(Join-Path $PWD out): $($_.Exception.InnerException.Message ?? $_.Exception.Message) Whoever builds must own the folder." 3 }
}

# PowerShell's own program, for whatever is started: the process's path is 'dotnet' where PowerShell is a tool of the SDK, and the tool's 'pwsh' hands on no signal.
function Find-Pwsh {
    if (-not $env:OPS_PWSH) { $env:OPS_PWSH = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh') }
    if (-not (Test-Path $env:OPS_PWSH)) { Stop-Build "There is no PowerShell at $env:OPS_PWSH (OPS_PWSH)." 3 }
}

# The folder of the pinned Pester, for the tests in OPS_PESTER.
function Find-Pester {
    if ($env:OPS_PESTER) { return }
    $log = @(dotnet restore build/tools.proj -v quiet 2>&1 | ForEach-Object ToString)
    if ($LASTEXITCODE) { Stop-Build "'dotnet restore build/tools.proj' brings Pester and failed: $((Get-RestoreProblem $log) ?? ($log | Select-Object -First 1))" 3 }
    $packages = "$(dotnet nuget locals global-packages --list)" -replace '^global-packages: ' -replace '[\\/]$'
    $version = ([xml](Get-Content -Raw build/tools.proj)).SelectSingleNode('//PackageDownload[@Include="Pester"]').Version.Trim('[', ']')
    $env:OPS_PESTER = "$packages/pester/$version/tools"
}

function Clear-Build {
    Remove-Item out -Recurse -Force -ErrorAction Ignore
    Get-ChildItem src, tests, bench, build, tools -Recurse -Directory -Force -ErrorAction Ignore | Where-Object Name -CIn 'bin', 'obj', 'TestResults' |
        Sort-Object { $_.FullName.Length } | Where-Object { Test-Path -LiteralPath $_.FullName } | Remove-Item -Recurse -Force
    'Clean.'
}
