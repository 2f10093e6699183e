BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $env:OPS_PWSH = $pwsh
    # What of the tree the bootstrap needs, in a folder with a blank.
    $tree = (New-Item -ItemType Directory "$TestDrive/a tree").FullName
    Copy-Item "$root/build.sh", "$root/build.ps1", "$root/global.json", "$root/build" $tree -Recurse
    Copy-Item "$root/.config" $tree -Recurse
    function Invoke-Build { & "$tree/build.sh" @args 2>&1 | ForEach-Object ToString }
}

Describe 'build.sh' {
    It 'is a bootstrap and no more' {
        @(Get-Content "$root/build.sh").Count | Should -BeLessOrEqual 30
    }

    It 'refuses what it does not know in one line, with 2: <_>' -ForEach 'frobnicate', 'prove nothing' {
        $words = $_ -split ' '
        $said = @(Invoke-Build @words)
        $LASTEXITCODE | Should -Be 2
        $said.Count | Should -Be 1
        $said[0] | Should -Match $words[-1]
    }

    It 'takes its option anywhere, and goes from any folder' {
        Push-Location /
        try { $said = @(Invoke-Build --no-install help) }
        finally { Pop-Location }
        $LASTEXITCODE | Should -Be 0
        $said[0] | Should -Match '--no-install'
    }

    It 'says in one line that the SDK is too old' {
        (Get-Content -Raw "$root/global.json") -replace '"version": "\d+', '"version": "99' | Set-Content "$tree/global.json"
        try { $said = @(Invoke-Build build) }
        finally { Copy-Item "$root/global.json" $tree }
        $LASTEXITCODE | Should -Be 3
        $said | Should -HaveCount 1
        $said[0] | Should -Match 'SDK 99.*global\.json'
    }

    It 'says in one line that the tool manifest is missing' {
        $env:OPS_PWSH = $null
        Rename-Item "$tree/.config" gone
        try { $said = @(Invoke-Build build) }
        finally {
            Rename-Item "$tree/gone" .config
            $env:OPS_PWSH = $pwsh
        }
        $LASTEXITCODE | Should -Be 3
        $said | Should -HaveCount 1
        $said[0] | Should -Match 'dotnet-tools\.json'
    }

    It 'says in one line that it may not write' {
        'in the way' | Set-Content "$tree/out"
        try { $said = @(Invoke-Build build) }
        finally { Remove-Item "$tree/out" }
        $LASTEXITCODE | Should -Be 3
        $said | Should -HaveCount 1
        $said[0] | Should -Match 'written'
    }

    It 'hands on the signal that ends it' {
        # No package is to be installed and nothing built: PowerShell waits at the first line of a script.
        $wait = "$tree/build/Common.ps1"
        Set-Content $wait "Set-Content '$tree/started' x; Start-Sleep 300"
        $run = [Diagnostics.Process]::Start('bash', [string[]]@("$tree/build.sh", 'build'))
        try {
            $end = [datetime]::UtcNow.AddSeconds(60)
            while (-not (Test-Path "$tree/started") -and [datetime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
            kill -TERM $run.Id
            $run.WaitForExit(30000) | Should -BeTrue
            $run.ExitCode | Should -Be 143
        }
        finally {
            if (-not $run.HasExited) { $run.Kill($true) }
            Copy-Item "$root/build/Common.ps1" $wait
        }
    }
}

Describe 'What a failed restore says' {
    BeforeAll { . "$root/build/Common.ps1" }

    It 'is about <About>' -ForEach @(
        @{ About = 'the network'; Log = 'error NU1301: Unable to load the service index for source https://packages.example/v3/index.json.'; Said = '*network*' }
        @{ About = 'the right to write'; Log = "error : Access to the path '/packages/x' is denied."; Said = '*may not write*' }
        @{ About = 'a lock file'; Log = 'error NU1004: The package reference x version has changed.'; Said = '*force-evaluate*' }
    ) { Get-RestoreProblem $Log | Should -BeLike $Said }

    It 'is nothing where it is about something else' { Get-RestoreProblem 'error CS1002: ; expected' | Should -BeNullOrEmpty }
}

Describe 'clean' {
    It 'removes what was built, wherever it lies, and nothing else' {
        $built = 'out/OpsModule', 'src/A/bin', 'src/A/obj', 'tests/B/TestResults', 'tools/C/bin', 'tools/C/obj', 'build/obj', 'bench/D/obj'
        New-Item -ItemType Directory -Force ($built | ForEach-Object { "$tree/$_" }) | Out-Null
        Set-Content "$tree/tools/C/C.cs" x
        Invoke-Build clean | Should -Be 'Clean.'
        $built | Where-Object { Test-Path "$tree/$_" } | Should -BeNullOrEmpty
        "$tree/tools/C/C.cs" | Should -Exist
    }
}

Describe 'The end of a run of tests' {
    BeforeAll {
        . "$root/build/Tests.ps1"
        $TestResults = "$TestDrive/results"
        $null = New-Item -ItemType Directory -Force $TestResults
    }

    It 'names what failed, with the first line of what it said, right before the sum' {
        @'
<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
<UnitTestResult testName="Ns.One.Works" outcome="Passed" />
<UnitTestResult testName="Ns.Two.Fails(name: &quot;x&quot;)" outcome="Failed"><Output><ErrorInfo><Message>
Assert.Equal() Failure: Values differ
Expected: 1</Message></ErrorInfo></Output></UnitTestResult>
</Results><ResultSummary><Counters total="2" passed="1" failed="1" /></ResultSummary></TestRun>
'@ | Set-Content "$TestResults/Some.trx"
        $counts = @(Get-TestCount Some 1; Get-TestCount Absent 134; [pscustomobject]@{ Passed = 4; Failed = 0; Skipped = 0; Failures = @() })
        $said = @(Write-TestSum $counts 6>&1 | ForEach-Object { "$_" -split "`n" })
        $said[-1] | Should -Be 1 -Because 'it is the exit code'
        $said[-2] | Should -Be '5 passed, 2 failed, 0 skipped'
        $at = [array]::IndexOf($said, 'Failed:')
        $said[$at + 1] | Should -Be '  Ns.Two.Fails(name: "x"): Assert.Equal() Failure: Values differ'
        $said[$at + 2] | Should -Be '  Absent ended (exit code 134) without a result.'
        $at + 3 | Should -Be ($said.Count - 3)
    }

    It 'says that a run was ended in the middle, though tests of it had failed before' {
        @'
<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
<UnitTestResult testName="Ns.Two.Fails" outcome="Failed"><Output><ErrorInfo><Message>No.</Message></ErrorInfo></Output></UnitTestResult>
</Results><ResultSummary><Counters total="1" passed="0" failed="1" /><RunInfos>
<RunInfo outcome="Error"><Text>[xUnit.net 00:00:01.00]     Ns.Two.Fails [FAIL]</Text></RunInfo>
<RunInfo outcome="Error"><Text>The active test run was aborted. Reason: Test host process crashed</Text></RunInfo>
</RunInfos></ResultSummary></TestRun>
'@ | Set-Content "$TestResults/Cut.trx"
        $count = Get-TestCount Cut 1 6>$null
        $count.Failed | Should -Be 2
        $count.Failures[1] | Should -Be 'Cut broke off: The active test run was aborted. Reason: Test host process crashed'
    }

    It 'is the sum alone where all passed' {
        $said = @(Write-TestSum ([pscustomobject]@{ Passed = 4; Failed = 0; Skipped = 0; Failures = @() }) 6>&1 | ForEach-Object { "$_" -split "`n" })
        ($said | Where-Object { $_ }) | Should -Be '4 passed, 0 failed, 0 skipped', '0'
    }

    It 'names the tests of Pester that failed, and what did not even begin' {
        $copy = New-Item -ItemType Directory -Force "$TestDrive/tree/tests/Pester", "$TestDrive/tree/build"
        Copy-Item "$root/tests/Pester/Invoke-Tests.ps1" $copy[0]
        Copy-Item "$root/build/Tests.ps1", "$root/build/Throwaway.ps1" $copy[1]
        "Describe 'A thing' { It 'does <_>' -ForEach 1, 2 { `$_ | Should -Be 1 } }" | Set-Content "$($copy[0])/Some.Tests.ps1"
        "throw 'no servers'" | Set-Content "$($copy[0])/Other.Tests.ps1"
        $null = & $pwsh -NoProfile -File "$($copy[0])/Invoke-Tests.ps1" -ResultPath "$TestDrive/pester.json" *>&1
        $told = Get-Content -Raw "$TestDrive/pester.json" | ConvertFrom-Json
        $told.Failed | Should -Be 2
        @($told.Failures) -match '^A thing\.does 2: ' | Should -HaveCount 1
        @($told.Failures) -match 'Other\.Tests\.ps1.*no servers' | Should -HaveCount 1
    }
}

Describe 'A proof' {
    It 'of powershell takes what takes minutes, too' {
        . "$root/build/Tests.ps1"
        . "$root/build/Proofs.ps1"
        # In place of PowerShell, which would run them: says what it is asked for.
        $env:OPS_PWSH = "$TestDrive/asked.sh"
        "#!/bin/sh", "echo `"`$@`" >>'$TestDrive/asked'" | Set-Content $env:OPS_PWSH
        & chmod +x $env:OPS_PWSH
        try { $null = Invoke-PesterGroup 6> $null; $null = Invoke-PesterGroup -Prove 6> $null }
        finally { $env:OPS_PWSH = $pwsh }
        $asked = @(Get-Content "$TestDrive/asked")
        $asked[0] | Should -Match 'Invoke-Tests\.ps1 .*/pester\.json$'
        $asked[1] | Should -Match 'Invoke-Tests\.ps1 .*/pester-prove\.json -Prove$'
        "${function:Invoke-AreaProof}" | Should -Match 'Invoke-PesterGroup -Prove'
    }

    It 'is noted with its figures, the newest of each area' {
        . "$root/build/Proofs.ps1"
        $page = "$TestDrive/proofs.md"
        $row = [ordered]@{ area = 'logs'; date = '2026-01-01'; commit = 'abc'; seed = '7'; Passed = 1; Failed = 2; Skipped = 0; seconds = 3 }
        Write-Proof $row $page
        Write-Proof ([ordered]@{ area = 'backups'; date = '2026-01-02'; commit = 'def'; seed = '8'; Passed = 4; Failed = 0; Skipped = 0; seconds = 5 }) $page
        $row.Failed = 0
        Write-Proof $row $page
        @(Get-Content $page) -match '^\| \w+ \| 2026' | Should -Be '| backups | 2026-01-02 | def | 4 | 0 | 0 | 5 | 8 |', '| logs | 2026-01-01 | abc | 1 | 0 | 0 | 3 | 7 |'
    }
}

Describe 'Throwaway servers' {
    It 'go when the PowerShell that asked for them is killed' {
        $asker = [Diagnostics.ProcessStartInfo]::new($pwsh, [string[]]@('-NoProfile', '-Command', ". '$root/build/Throwaway.ps1'; (Start-Throwaway killed redis).Folder; Start-Sleep 300"))
        $asker.RedirectStandardOutput = $true
        $process = [Diagnostics.Process]::Start($asker)
        $kept = $process.StandardOutput.ReadLine()
        $kept | Should -Exist
        $process.Kill()
        $end = [datetime]::UtcNow.AddSeconds(60)
        while ((Test-Path $kept) -and [datetime]::UtcNow -lt $end) { Start-Sleep -Milliseconds 50 }
        $kept | Should -Not -Exist
    }
}
