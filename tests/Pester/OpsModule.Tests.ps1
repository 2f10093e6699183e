BeforeDiscovery {
    $names = (Import-PowerShellDataFile "$PSScriptRoot/../../OpsModule.psd1").CmdletsToExport
}

BeforeAll {
    $script:root = (Resolve-Path "$PSScriptRoot/../..").Path
    $script:manifest = "$root/out/OpsModule/OpsModule.psd1"
    $script:took = Measure-Command { Import-Module $manifest -Force }
    $script:folder = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "ops-pester-$([guid]::NewGuid().ToString('n'))")
    @'
environment: pester
databases:
  main: { host: 127.0.0.1, name: nowhere, user: nobody, tenantSchema: "tenant_{tenant}" }
backups:
  stores: { local: { path: backups } }
  retention: { database: 30d, cache: 90m }
  labels: { team: "a \"b\"" }
drill: { minTables: 3, queries: [ { name: rows, sql: "select 1" } ] }
'@ | Set-Content "$folder/ops.yaml"
}

AfterAll {
    Remove-Item -Recurse -Force $folder
}

Describe 'The module' {
    It 'imports' {
        Write-Host "    import took $([int]$took.TotalMilliseconds) ms"
        Get-Module OpsModule | Should -Not -BeNullOrEmpty
    }

    It 'exports exactly what its manifest lists' {
        $listed = (Import-PowerShellDataFile $manifest).CmdletsToExport
        (Get-Command -Module OpsModule).Name | Sort-Object | Should -Be ($listed | Sort-Object)
        $module = Get-Module OpsModule
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
    }

    It 'keeps its libraries in a load context of their own' {
        Get-OpsEnvironment -Path $folder | Out-Null
        $contexts = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -in 'OpsModule.Engine', 'YamlDotNet' } |
            ForEach-Object { [Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name }
        $contexts | Sort-Object -Unique | Should -Be 'OpsModule'
    }
}

Describe 'Help of <_>' -ForEach $names {
    It 'is complete' {
        $help = Get-Help $_ -Full
        $help.Synopsis.Trim() | Should -Not -BeLike "$_ *"
        @($help.examples.example).Count | Should -BeGreaterThan 0
        foreach ($parameter in $help.parameters.parameter | Where-Object { $_ -and $_.name -notin 'WhatIf', 'Confirm' }) {
            $parameter.description.Text | Should -Not -BeNullOrEmpty -Because "-$($parameter.name) of $_"
        }
    }
}

Describe 'Cmdlets in a pipeline' {
    It 'take an environment by path and by object' {
        $environment = Get-OpsEnvironment -Path $folder
        $environment.Name | Should -Be 'pester'
        (Get-OpsJournal -Environment $environment | Measure-Object).Count | Should -Be 0
    }

    It 'bind by property name' {
        $errors = $null
        [pscustomobject]@{ Name = 'absent' } | Backup-OpsDatabase -Environment $folder -ErrorVariable errors -ErrorAction SilentlyContinue
        "$($errors[0])" | Should -Match 'absent'
    }

    It 'stop when Select-Object has enough' {
        'a: 1', 'b: 2', 'c: 3' | Set-Content "$folder/wrong.yaml"
        @(Test-OpsEnvironment -Environment "$folder/wrong.yaml" | Select-Object -First 1).Count | Should -Be 1
    }

    It 'take a bare 30d or 90s as how long ago, though PowerShell reads them as numbers' {
        Get-OpsJournal -Environment $folder -After 30d -Before 90s | Should -BeNullOrEmpty
        { Get-OpsJournal -Environment $folder -After 30x } | Should -Throw "*'30x' is neither a time*"
    }

    It 'operate a piped environment instead of taking its name for a database' {
        $errors = $null
        Get-OpsEnvironment -Path $folder | Backup-OpsDatabase -ErrorVariable errors -ErrorAction SilentlyContinue
        "$($errors[0].FullyQualifiedErrorId)" | Should -Match 'Database(Unreachable|LoginRefused|Missing)'
    }

    It 'say when there is nobody to ask' {
        New-Item -ItemType Directory -Force "$folder/backups/pester/database/main/full" | Out-Null
        Set-Content "$folder/backups/pester/database/main/full/20200101T000000Z-00000a.dump" 'left behind'
        (Get-Item "$folder/backups/pester/database/main/full/20200101T000000Z-00000a.dump").LastWriteTimeUtc = [datetime]'2020-01-01'
        "`$ErrorActionPreference = 'Stop'; Import-Module '$manifest'; Remove-OpsBackup -Incomplete -Environment '$folder'" | Set-Content "$folder/ask.ps1"
        $said = & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File "$folder/ask.ps1" 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 1
        $said | Should -Match 'nobody to ask'
        $said | Should -Match 'Confirm:\$false'
        Remove-Item -Recurse "$folder/backups"
    }

    It 'take services from the pipeline and durations as they are written' {
        "environment: shop`nplatform: { compose: { file: compose.yaml, project: shop } }" | Set-Content (New-Item -Force "$folder/shop/ops.yaml")
        $env:DOCKER_HOST = "unix://$folder/no.sock"
        try {
            { 'api' | Wait-OpsService -Healthy -Timeout 90s -Environment "$folder/shop" } | Should -Throw -ErrorId 'EngineUnreachable*'
            { [pscustomobject]@{ Service = 'api' } | Stop-OpsService -Grace 1h30m -WhatIf -Environment "$folder/shop" } | Should -Throw '*there is no such socket*'
            { Stop-OpsService -Grace soon api -Environment "$folder/shop" } | Should -Throw '*90s*'
            { Stop-OpsService -Environment "$folder/shop" } | Should -Throw '*No service was named*'
        }
        finally { $env:DOCKER_HOST = $null }
    }

    It 'sum up health in one line with the exit code for a monitoring system' {
        "environment: well`nchecks: { here: { dns: localhost }, gone: { tcp: '127.0.0.1:1' } }" | Set-Content "$folder/well.yaml"
        $summary = Test-OpsHealth here -Quiet -Environment "$folder/well.yaml"
        "$summary" | Should -Be 'OPS OK - 1 check, all healthy'
        ($summary | Out-String).Trim() | Should -Be "$summary"
        (Test-OpsHealth checks -Quiet -Environment "$folder/well.yaml").ExitCode | Should -Be 2
        $results = Test-OpsHealth checks -Environment "$folder/well.yaml"
        ($results | Where-Object Status -EQ Unhealthy).Check | Should -Be 'gone'
        ($results | Format-Table | Out-String -Width 80) -split "`n" | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 80 }
    }

    It 'change nothing under -WhatIf' {
        $target = "$folder/new/ops.yaml"
        New-Item -ItemType Directory "$folder/new" | Out-Null
        New-OpsEnvironment -Path $target -WhatIf | Should -BeNullOrEmpty
        Test-Path $target | Should -BeFalse
    }

    It 'read logs as objects, whose fields compare as numbers' {
        '192.0.2.7 - - [21/Nov/2026:03:16:00 +0000] "GET /a HTTP/1.1" 502 162', '192.0.2.7 - - [21/Nov/2026:03:16:01 +0000] "GET /b HTTP/1.1" 200 9' | Set-Content "$folder/access.log"
        $failed = @(Get-OpsLog -Path "$folder/access.log" | Where-Object { $_.Fields.status -ge 500 })
        $failed.Count | Should -Be 1
        $failed[0].Fields.target | Should -Be '/a'
        { Get-OpsLog -Path "$folder/access.log" -Since 90d -Raw } | Should -Throw -ErrorId 'ParametersConflict*'
    }

    It 'end with a terminating error that says what to do' {
        $caught = { Get-OpsEnvironment -Path "$folder/absent" } | Should -Throw -PassThru -ErrorId 'EnvironmentNotFound*'
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'go on after an error for one item, unless told otherwise' {
        $given = [pscustomobject]@{ Name = 'absent' }, [pscustomobject]@{ Name = 'missing' }
        $errors = $null
        $given | Backup-OpsDatabase -Environment $folder -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors.Count | Should -Be 2
        { $given | Backup-OpsDatabase -Environment $folder -ErrorAction Stop } | Should -Throw
    }

    It 'stop cleanly on Ctrl+C' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            $port = $listener.LocalEndpoint.Port
            "environment: slow`ndatabases:`n  main: { host: 127.0.0.1, port: $port, name: a, user: b }" | Set-Content "$folder/slow.yaml"
            $shell = [powershell]::Create()
            [void]$shell.AddScript("Import-Module '$manifest'; Test-OpsEnvironment -Connect -Environment '$folder/slow.yaml'")
            $call = $shell.BeginInvoke()
            $client = $listener.AcceptTcpClientAsync()
            $client.Wait(20000) | Should -BeTrue
            # The server has accepted and been spoken to, and says nothing.
            $client.Result.GetStream().ReadByte() | Should -BeGreaterOrEqual 0
            $shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $client.Result.Dispose()
        }
        finally {
            $listener.Stop()
            $shell.Dispose()
        }
    }
}

Describe 'Beside ops' {
    It 'a failed script leaves a non-zero exit code' {
        "`$ErrorActionPreference = 'Stop'; Import-Module '$manifest'; Get-OpsEnvironment -Path '$folder/absent'" | Set-Content "$folder/fail.ps1"
        & (Get-Process -Id $PID).Path -NoProfile -File "$folder/fail.ps1" 2>$null
        $LASTEXITCODE | Should -Be 1
        & "$root/out/ops/ops" Get-OpsEnvironment -Path "$folder/absent" 2>$null
        $LASTEXITCODE | Should -Be 1
    }

    It 'ops --json writes what ConvertTo-Json writes: <_>' -ForEach 'Get-OpsEnvironment', 'Test-OpsEnvironment', 'Get-OpsJournal' {
        $env:OPS_ENVIRONMENT = "$folder/ops.yaml"
        $there = & "$root/out/ops/ops" --json $_ | Out-String
        $here = & ([scriptblock]::Create("ConvertTo-Json -Depth 16 -InputObject @($_)")) | Out-String
        $env:OPS_ENVIRONMENT = $null
        $there.Trim() | Should -Be $here.Trim()
    }
}
