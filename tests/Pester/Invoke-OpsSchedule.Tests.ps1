BeforeAll {
    . $PSScriptRoot/Shared.ps1
    @'
environment: shop
schedule:
  good: { at: "0 2 * * *", run: "Get-Content here.txt; (Get-OpsEnvironment).Name" }
  error: { at: "0 2 * * *", run: "Get-Item nowhere; 'goes on'" }
  bad: { at: "0 2 * * *", run: "Test-OpsHealth -Check gone" }
  program: { at: "0 2 * * *", run: "/bin/sh -c 'echo said; echo aside >&2; exit 3'" }
  first: { at: "0 2 * * *", run: "/bin/sh -c 'exit 3'; /bin/sh -c 'echo ran > second; exit 0'" }
  judged: { at: "0 2 * * *", run: "$PSNativeCommandUseErrorActionPreference = $false; /bin/sh -c 'exit 3'; if ($LASTEXITCODE -eq 3) { /bin/sh -c 'exit 0' }" }
  script: { at: "0 2 * * *", run: "./ends.ps1" }
  quiet: { at: "0 2 * * *", run: "/bin/sh -c 'echo aside >&2'" }
  broken: { at: "0 2 * * *", run: "Get-Date | | Get-Date" }
  ends: { at: "0 2 * * *", run: "exit 0" }
  long: { at: "0 2 * * *", run: "'begun' > begun; while (-not (Test-Path stop)) { Start-Sleep -Milliseconds 20 }" }
checks: { gone: { tcp: "127.0.0.1:1" } }
'@ | Set-Content "$folder/ops.yaml"
    'a line' | Set-Content "$folder/here.txt"
    'exit 5' | Set-Content "$folder/ends.ps1"
    function Last([string] $Name) { (Get-OpsSchedule $Name -Environment $folder).LastError }
}

Describe 'Invoke-OpsSchedule' {
    It 'runs the line in the folder of its file, with its environment, and puts both back' {
        $before = "$(Get-Location)"
        $said = Invoke-OpsSchedule good -Environment $folder
        $said[0, 1] | Should -Be 'a line', 'shop'
        "$($said[2].Outcome)", $said[2].Results | Should -Be 'Completed', 2
        "$(Get-Location)" | Should -Be $before
        { Get-OpsEnvironment -ErrorAction Stop } | Should -Throw
    }

    It 'shows with -WhatIf what would be run, and runs nothing' {
        Invoke-OpsSchedule long -WhatIf -Environment $folder | Should -BeNullOrEmpty
        Test-Path "$folder/begun" | Should -BeFalse
    }

    It 'fails for an error, though the line goes on' {
        # A line runs with its session's preference, and Pester's is to stop.
        $ErrorActionPreference = 'Continue'
        $said = try { Invoke-OpsSchedule error -Environment $folder -ErrorAction SilentlyContinue } catch { "$_" }
        $said[0] | Should -Be 'goes on'
        $said[1] | Should -BeLike '*The run of error did not end well: Cannot find path*'
        Last error | Should -BeLike '*Cannot find path*'
    }

    It 'fails for a bad result that nobody asserted' {
        { Invoke-OpsSchedule bad -Environment $folder } | Should -Throw '*did not end well: Unhealthy: gone*'
    }

    It 'fails for a program that ends with another code than 0, and for what it writes aside does not' {
        $ErrorActionPreference = 'Continue'
        { Invoke-OpsSchedule program -Environment $folder -WarningAction SilentlyContinue -ErrorAction SilentlyContinue } |
            Should -Throw '*did not end well: Program "sh" ended with non-zero exit code: 3*'
        Last program | Should -Not -BeLike '*last program*'
        (Invoke-OpsSchedule quiet -Environment $folder -WarningAction SilentlyContinue -WarningVariable warned).Results | Should -Be 0
        "$warned" | Should -BeLike '*aside*'
    }

    It 'fails for a program that is not the last one, though the rest of the line runs, and says it once' {
        $ErrorActionPreference = 'Continue'
        { Invoke-OpsSchedule first -Environment $folder -ErrorAction SilentlyContinue } |
            Should -Throw '*did not end well: Program "sh" ended with non-zero exit code: 3*'
        "$folder/second" | Should -Exist
        # A line that judges its programs itself says so, and what a script ends with counts as before.
        (Invoke-OpsSchedule judged -Environment $folder).Outcome | Should -Be 'Completed'
        { Invoke-OpsSchedule script -Environment $folder } | Should -Throw '*the last program ended with 5*'
        $PSNativeCommandUseErrorActionPreference | Should -BeFalse
    }

    It 'says of a line that is none what is wrong, and of a name which there are' {
        { Invoke-OpsSchedule broken -Environment $folder } | Should -Throw '*The line of broken cannot be run*'
        { Invoke-OpsSchedule ends -Environment $folder } | Should -Throw '*exit would end the session*'
        { Invoke-OpsSchedule gone -Environment $folder } | Should -Throw '*has no entry gone*'
        Last broken | Should -BeNullOrEmpty
    }

    It 'ends pwsh with 1 after a failure, and with 0 after a good run and a skipped one' {
        (& $pwsh -NoProfile -NonInteractive -Command "Import-Module '$manifest'; Invoke-OpsSchedule good -Environment '$folder'" 2>&1 | Out-String) | Should -BeLike '*Completed*'
        $LASTEXITCODE | Should -Be 0
        $null = & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$manifest'; Invoke-OpsSchedule error -Environment '$folder'" 2>&1
        $LASTEXITCODE | Should -Be 1
        $first = Start-ThreadJob { & $using:pwsh -NoProfile -NonInteractive -Command "Import-Module '$using:manifest'; Invoke-OpsSchedule long -Environment '$using:folder'"; $LASTEXITCODE }
        while (-not (Test-Path "$folder/begun")) { Start-Sleep -Milliseconds 50 }
        $said = & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$manifest'; Invoke-OpsSchedule long -Environment '$folder'" 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0
        $said | Should -BeLike '*Skipped*'
        'stop' | Set-Content "$folder/stop"
        ($first | Receive-Job -Wait)[-1] | Should -Be 0
    }

    It 'journals a run that SIGTERM ends, and pwsh ends with 143' {
        Remove-Item "$folder/stop", "$folder/begun" -ErrorAction Ignore
        $run = Start-Process $pwsh -PassThru -RedirectStandardOutput "$folder/out" -RedirectStandardError "$folder/err" -ArgumentList @(
            '-NoProfile', '-NonInteractive', '-Command', "`"Import-Module '$manifest'; Invoke-OpsSchedule long -Environment '$folder'`"")
        while (-not (Test-Path "$folder/begun")) { Start-Sleep -Milliseconds 50 }
        kill -TERM $run.Id
        $run.WaitForExit(20000) | Should -BeTrue
        $run.ExitCode | Should -Be 143
        Last long | Should -Be 'it was stopped'
    }
}
