# Builds the solution: the module in out/OpsModule. Dot-sourced by build.ps1.

function Invoke-Compile {
    $configuration = $env:OPS_CONFIGURATION ?? 'Release'
    Write-Host "Building ($configuration)"
    # Apart from the build, so that a package source that does not answer is one line.
    $log = @(dotnet restore OpsModule.sln --disable-build-servers -v quiet --nologo -tl:off 2>&1 | ForEach-Object ToString)
    if ($LASTEXITCODE) {
        $problem = Get-RestoreProblem $log
        if ($problem) { Stop-Build "The packages of the solution could not be restored: $problem" 3 }
        $log | Out-Host
        return $false
    }
    # Without build servers, so that nothing stays running when the build is over.
    dotnet build OpsModule.sln --no-restore --disable-build-servers -c $configuration --nologo -v quiet -tl:off | Out-Host
    $LASTEXITCODE -eq 0
}
