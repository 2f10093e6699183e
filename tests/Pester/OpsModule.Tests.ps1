BeforeDiscovery {
    $names = (Import-PowerShellDataFile "$PSScriptRoot/../../OpsModule.psd1").CmdletsToExport
}

BeforeAll {
    $script:root = (Resolve-Path "$PSScriptRoot/../..").Path
    $script:manifest = "$root/out/OpsModule/OpsModule.psd1"
    # Not the process's own path: where PowerShell is a dotnet tool that is dotnet.
    $script:pwsh = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
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
        $said = & $pwsh -NoProfile -NonInteractive -File "$folder/ask.ps1" 2>&1 | Out-String
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

    It 'find attacks in files and in what is piped, and group them' {
        '192.0.2.7 - - [21/Nov/2026:03:16:00 +0000] "GET /a?id=1%27+union+select+1,2 HTTP/1.1" 200 9', '192.0.2.7 - - [21/Nov/2026:03:16:01 +0000] "GET /b HTTP/1.1" 200 9' | Set-Content "$folder/attack.log"
        $groups = @(Find-OpsAttackPattern -Path "$folder/attack.log" | Group-Object Category)
        $groups.Name | Should -Be 'SqlInjection'
        (Get-OpsLog -Path "$folder/attack.log" | Find-OpsAttackPattern).Source | Should -Be "$folder/attack.log"
        (Get-Content "$folder/attack.log" | Find-OpsAttackPattern -Explain | Select-Object -First 1).Explanation.Field | Should -Be 'id'
        { Find-OpsAttackPattern -Path "$folder/attack.log" -FailOnMatch -ErrorAction Stop } | Should -Throw -ErrorId 'AttacksFound*'
        @(Get-OpsAttackRule -Category Log4Shell).Category | Select-Object -Unique | Should -Be 'Log4Shell'
        (TabExpansion2 'Find-OpsAttackPattern -Category Sq' 33).CompletionMatches.CompletionText | Should -Be 'SqlInjection'
    }

    It 'find attacks in every kind of source' {
        $attack = '192.0.2.7 - - [21/Nov/2026:03:16:00 +0000] "GET /a?id=1%27+union+select+1,2 HTTP/1.1" 200 9'
        $logs = (New-Item -ItemType Directory "$folder/attacks").FullName
        "$attack`n" | Set-Content -NoNewline "$logs/a.log"
        $packed = [IO.Compression.GZipStream]::new([IO.File]::Create("$logs/a.log.1.gz"), [IO.Compression.CompressionLevel]::Fastest)
        $packed.Write([Text.Encoding]::ASCII.GetBytes("$attack`n$attack`n"))
        $packed.Dispose()
        @(Find-OpsAttackPattern -Path $logs).Count | Should -Be 3
        @(Find-OpsAttackPattern -Path "$logs/*.gz", "$logs/a.*").Line | Sort-Object | Should -Be 1, 1, 2
        [IO.File]::WriteAllBytes("$logs/cut.gz", [IO.File]::ReadAllBytes("$logs/a.log.1.gz")[0..40])
        Find-OpsAttackPattern -Path "$logs/cut.gz" -WarningVariable warned -WarningAction SilentlyContinue | Out-Null
        "$warned" | Should -BeLike '*cut.gz was read only in part*bytes of text were scanned*'
        (Find-OpsAttackPattern -Path "$logs/a.log" -Follow | Select-Object -First 1).Category | Should -Be 'SqlInjection'
        @(Find-OpsAttackPattern -Path "$logs/a.log*" -Baseline "$folder/baseline.json").Count | Should -Be 3
        Move-Item "$logs/a.log" "$logs/a.log.2"
        "$attack`n" | Add-Content -NoNewline "$logs/a.log.2"
        "$attack`n" | Set-Content -NoNewline "$logs/a.log"
        (Find-OpsAttackPattern -Path "$logs/a.log*" -Baseline "$folder/baseline.json").Source | Should -Be "$logs/a.log.2", "$logs/a.log"
        @(Find-OpsAttackPattern -Path "$logs/a.log*" -Baseline "$folder/baseline.json").Count | Should -Be 0
        $program = $pwsh
        $found = $attack | & $program -NoProfile -NonInteractive -Command "Import-Module '$manifest'; (Find-OpsAttackPattern -Path -).Source"
        $found | Should -Be '(standard input)'
    }

    It 'sum up attacks, with an allow-list and rates' {
        $lines = 0..11 | ForEach-Object { '203.0.113.7 - - [21/Nov/2026:03:16:{0:00} +0000] "POST /login HTTP/1.1" 401 9' -f $_ }
        $lines + '198.51.100.9 - - [21/Nov/2026:03:17:00 +0000] "GET /a?id=1%27+union+select+1,2 HTTP/1.1" 200 9' | Set-Content "$folder/sums.log"
        $alone = Measure-OpsAttack -Path "$folder/sums.log"
        $alone.Matches | Should -Be 13
        $alone.Bursts.Rule | Should -Contain 'brute-force'
        (Find-OpsAttackPattern -Path "$folder/sums.log" | Measure-OpsAttack).Matches | Should -Be 13
        (Measure-OpsAttack -Path "$folder/sums.log" -By Address -Top 1).Value | Should -Be '203.0.113.7'
        $less = Measure-OpsAttack -Path "$folder/sums.log" -Allow 203.0.113.0/24
        $alone.Addresses[0].Value | Should -Be '203.0.113.7'
        $less.Matches, $less.Suppressed, $less.Suppressions[0].Count | Should -Be 1, 12, 12
        $told = Find-OpsAttackPattern -Path "$folder/sums.log" -Allow 203.0.113.0/24, path:/never -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        "$told" | Should -BeLike '*12 matches pass: address:203.0.113.0/24*let nothing pass: path:/never*'
        @(Find-OpsAttackPattern -Path "$folder/sums.log" -Allow 203.0.113.0/24 -IncludeAllowed | Where-Object AllowedBy).Count | Should -Be 12
    }

    It 'use, test, list and import rules of your own' {
        $shop = (New-Item -ItemType Directory "$folder/shop/rules" -Force).Parent.FullName
        "environment: shop`nattacks: { rules: [rules], allow: [{ address: 198.51.100.9, reason: ours }] }" | Set-Content "$shop/ops.yaml"
        "title: Backdoor`nlogsource: { category: webserver }`ndetection: { selection: { c-uri|contains: /backdoor }, filter: { cs-user-agent: ours }, condition: selection and not filter }" | Set-Content "$shop/good.yml"
        "title: Windows`nlogsource: { category: process_creation }`ndetection: { selection: { Image: x }, condition: selection }" | Set-Content "$shop/bad.yml"
        $imports = @(Import-OpsAttackRule "$shop/*.yml" -Destination "$shop/rules/sigma.yaml" -WarningAction SilentlyContinue)
        @($imports | Where-Object Imported).Rules.Id | Should -Be 'sigma-backdoor'
        ($imports | Where-Object Imported -eq $false).Problems | Should -BeLike '*process_creation*'
        (Test-OpsAttackRule "$shop/rules/sigma.yaml").Passed | Should -BeTrue
        @(Get-OpsAttackRule -Environment "$shop/ops.yaml" -Id sigma-*).Count | Should -Be 1
        (Get-OpsAttackRule brute-force).More | Should -Be 10
        (Get-OpsAttackRule brute-force, log4* | Out-String) | Should -Match '(?s)log4.*brute-force'
        '203.0.113.7', '198.51.100.9' | ForEach-Object { $_ + ' - - [21/Nov/2026:03:16:00 +0000] "GET /backdoor HTTP/1.1" 200 9 "-" "-"' } | Set-Content "$shop/a.log"
        (Find-OpsAttackPattern -Path "$shop/a.log" -Environment $shop -Rule sigma-*).ClientAddress | Should -Be '203.0.113.7'
        { Import-OpsAttackRule "$shop/*.yml" -Destination "$shop/ops.yaml" -ErrorAction Stop } | Should -Throw -ErrorId 'RuleFileExists*'
    }

    It 'write block lists of matches, summaries and offenders' {
        $lines = 1..3 | ForEach-Object { "192.0.2.$_ - - [21/Nov/2026:03:16:0$_ +0000] `"GET /a?id=1%27+union+select+1,2 HTTP/1.1`" 200 9" }
        $lines += 1..2 | ForEach-Object { "203.0.113.7 - - [21/Nov/2026:03:16:1$_ +0000] `"GET /a?id=1%27+union+select+1,2 HTTP/1.1`" 200 9" }
        $lines += '198.51.100.4 - - [21/Nov/2026:03:17:00 +0000] "GET /a?f=../../../../etc/passwd HTTP/1.1" 404 9'
        $lines | Set-Content "$folder/block.log"
        $list = "$folder/blocked"
        $record = Find-OpsAttackPattern -Path "$folder/block.log" | Export-OpsBlockList $list -As Nginx -Allow 198.51.100.0/24
        $record.GetType().Name | Should -Be 'BlockListRecord'
        $record.Allowed | Should -Be 1
        @(Get-Content $list) -match '^deny 203.0.113.7; # 2 matches' | Should -HaveCount 1
        @(Get-Content $list) -match '198\.51\.100\.4' | Should -BeNullOrEmpty
        (Measure-OpsAttack -Path "$folder/block.log" | Export-OpsBlockList $list -As Nginx -MinMatches 2 -IncludePrivate).Addresses | Should -Be 1
        (Measure-OpsAttack -Path "$folder/block.log" -By Address | Export-OpsBlockList "$list.json" -As CrowdSec -For 6h).Duration | Should -Be ([timespan]'06:00:00')
        (Get-Content -Raw "$list.json" | ConvertFrom-Json | Where-Object value -EQ '203.0.113.7').duration | Should -Be '21600s'
        'deny all;' | Set-Content "$folder/own.conf"
        { Export-OpsBlockList "$folder/own.conf" -As Nginx -ErrorAction Stop } | Should -Throw -ErrorId 'BlockListExists*'
        Find-OpsAttackPattern -Path "$folder/block.log" | Export-OpsBlockList "$list.nft" -As Nftables -WhatIf
        "$list.nft" | Should -Not -Exist
        Find-OpsAttackPattern -Path "$folder/block.log" | Export-OpsBlockList "$list.sh" -As Fail2ban -Jail web | Out-Null
        Get-Content "$list.sh" | Should -Contain 'set -e'
        @(Get-Content "$list.sh") -match '^fail2ban-client set web banip 203.0.113.7 ' | Should -HaveCount 1
        Find-OpsAttackPattern -Path "$folder/block.log" | Export-OpsBlockList "$list.lst" -As HAProxy | Out-Null
        Get-Content "$list.lst" | Should -Contain '203.0.113.7'
        $errors = $null
        Get-Date | Export-OpsBlockList "$list.none" -As HAProxy -ErrorVariable errors -ErrorAction SilentlyContinue -WarningAction SilentlyContinue | Out-Null
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'NoAddress*'
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

Describe 'Seeing everything' {
    BeforeAll {
        $script:see = (New-Item -ItemType Directory "$folder/see").FullName
        $key = [Security.Cryptography.RSA]::Create(2048)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=shop', $key, [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(20)).ExportCertificatePem() | Set-Content "$see/shop.pem"
        @'
environment: seen
backups: { stores: { local: { path: backups } } }
certificates: { shop: { endpoint: "127.0.0.1:1", file: shop.pem } }
checks: { gone: { tcp: "127.0.0.1:1" } }
'@ | Set-Content "$see/ops.yaml"
        '2026-11-21T03:16:00Z INFO a', '2026-11-21T03:17:00Z ERROR b' | Set-Content "$see/app.log"
    }

    It 'leaves no progress open: <_>' -ForEach 'Test-OpsHealth', 'Get-OpsDiskUsage FileSystem', 'Get-OpsResourceUsage', 'Get-OpsLog -Path app.log', 'Export-OpsLog -Path app.log -Destination p.jsonl',
    'Get-OpsCertificate -Path shop.pem', 'Update-OpsCertificate -WhatIf', 'Test-OpsHealth gone | Export-OpsReport p.html', 'Measure-OpsAvailability http://127.0.0.1:1/ -Duration 1',
    'Watch-OpsHealth gone -Count 2 -Interval 1', 'Get-OpsCertificate -Path none.pem', 'Get-OpsLog -Path none' {
        $shell = [powershell]::Create()
        [void]$shell.AddScript("Set-Location '$see'; Import-Module '$manifest'; `$null = $_")
        try { [void]$shell.Invoke() } catch { Write-Verbose "ended by $_" }
        $last = $shell.Streams.Progress | Where-Object Activity -NotLike 'Preparing*' | Group-Object ActivityId | ForEach-Object { $_.Group[-1].RecordType }
        $shell.Dispose()
        $last | Where-Object { $_ -ne 'Completed' } | Should -BeNullOrEmpty
    }

    It 'errors of one item have a category and let the others go on' {
        $errors = $null
        $found = @(Get-OpsCertificate -Path "$see/none.pem", "$see/shop.pem" -ErrorVariable errors -ErrorAction SilentlyContinue)
        $found.Subject | Should -Be 'CN=shop'
        $errors.Count | Should -Be 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'CertificateUnreadable,*'
        $errors[0].TargetObject | Should -Not -BeNullOrEmpty
        $errors[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'looks at certificates that are due and changes nothing with -WhatIf' {
        (Update-OpsCertificate -Environment $see -WhatIf).Outcome | Should -Be 'WouldRenew'
        Test-Path "$see/.ops" | Should -BeFalse
        { Update-OpsCertificate -Environment "$folder/well.yaml" } | Should -Throw -ErrorId 'NoCertificates*'
    }

    It 'exports logs that can be read again' {
        Export-OpsLog -Path "$see/app.log" -Destination "$see/out.jsonl.gz" -WhatIf | Should -BeNullOrEmpty
        Test-Path "$see/out.jsonl.gz" | Should -BeFalse
        $export = Export-OpsLog -Path "$see/app.log" -Destination "$see/out.jsonl.gz"
        $export.Lines | Should -Be 2
        (Get-Content "$($export.Location).manifest.json" | ConvertFrom-Json).sha256 | Should -Be (Get-FileHash $export.Location).Hash.ToLowerInvariant()
        (Get-OpsLog -Path $export.Location -Errors).Message | Should -Be 'b'
        (Get-OpsLog -Path "$see/app.log" -Raw | Select-Object -First 1) | Should -Be '2026-11-21T03:16:00Z INFO a'
    }

    It 'makes a report of anything, and replaces none unless told' {
        $report = & { Test-OpsHealth gone -Environment $see; Get-Item "$see/app.log" | Select-Object Name, Length } | Export-OpsReport "$see/r.html"
        $report.Records | Should -Be 2
        $report.ExitCode | Should -Be 1
        Get-Content -Raw "$see/r.html" | Should -BeLike '<!doctype html>*app.log*'
        { Test-OpsHealth gone -Environment $see | Export-OpsReport "$see/r.html" } | Should -Throw -ErrorId 'ReportExists*'
    }

    It 'clears old logs only from folders that are named' {
        $logs = New-Item -ItemType Directory "$see/logs"
        foreach ($name in 'app.log', 'app.log.1') {
            Set-Content "$logs/$name" 'x'
            (Get-Item "$logs/$name").LastWriteTimeUtc = [datetime]::UtcNow.AddDays(-9)
        }
        (Clear-OpsStorage -LogFolder $logs -OlderThan 7d -Environment $see -WhatIf).Removed | Should -BeFalse
        (Clear-OpsStorage -LogFolder $logs -OlderThan 7d -Environment $see -Confirm:$false).Name | Should -Be 'app.log.1'
        (Get-ChildItem $logs).Name | Should -Be 'app.log'
        { Clear-OpsStorage -Environment $see -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId 'PlatformUnsupported*'
    }

    It 'measures this machine' {
        (Get-OpsDiskUsage FileSystem -Environment $see | Where-Object Name -EQ '/').UsedPercent | Should -BeGreaterThan 0
        (Get-OpsResourceUsage -Environment $see).MemoryPercent | Should -BeGreaterThan 0
        (Measure-OpsAvailability http://127.0.0.1:1/ -Duration 1 -Rate 5).Failures | Should -Be 5
    }

    It 'tells a change of health once' {
        $changes = @(Watch-OpsHealth gone -Count 3 -Interval 1 -Environment $see)
        $changes.Count | Should -Be 1
        $changes[0].Status | Should -Be 'Unhealthy'
        @(Watch-OpsHealth gone -Interval 1 -Environment $see | Select-Object -First 1).Count | Should -Be 1
    }
}

Describe 'Beside ops' {
    It 'a failed script leaves a non-zero exit code' {
        "`$ErrorActionPreference = 'Stop'; Import-Module '$manifest'; Get-OpsEnvironment -Path '$folder/absent'" | Set-Content "$folder/fail.ps1"
        & $pwsh -NoProfile -File "$folder/fail.ps1" 2>$null
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

Describe 'examples/morning-check.ps1' {
    BeforeAll {
        $script:check = "$root/examples/morning-check.ps1"
        $script:morning = New-Item -ItemType Directory (Join-Path $folder 'morning')
        $script:modules = $env:PSModulePath
        $env:PSModulePath = "$root/out"
    }

    AfterAll { $env:PSModulePath = $modules }

    It 'has help' {
        $help = Get-Help $check -Full
        $help.Synopsis | Should -BeLike 'The checks of the morning*'
        foreach ($parameter in $help.parameters.parameter) { $parameter.description.Text | Should -Not -BeNullOrEmpty -Because "-$($parameter.name)" }
    }

    It 'looks at the rest where one thing cannot be looked at, and ends with 2' {
        "environment: morning`nchecks: { closed: { tcp: `"127.0.0.1:1`" } }" | Set-Content "$morning/ops.yaml"
        & $pwsh -NoProfile -File $check -Environment "$morning/ops.yaml" -Path "$morning/m.html" -SkipBackupTest *> "$morning/said.txt"
        $LASTEXITCODE | Should -Be 2 -Because (Get-Content -Raw "$morning/said.txt")
        Get-Content -Raw "$morning/m.html" | Should -BeLike '*closed of 127.0.0.1:1*'
    }

    It 'ends with 2 without an environment' {
        & $pwsh -NoProfile -File $check -Environment "$morning/none.yaml" *> "$morning/said.txt"
        $LASTEXITCODE | Should -Be 2
        Get-Content -Raw "$morning/said.txt" | Should -BeLike '*none.yaml*'
    }
}

Describe 'examples/hourly-security-scan.ps1' {
    It 'has help' {
        $help = Get-Help "$root/examples/hourly-security-scan.ps1" -Full
        $help.Synopsis | Should -BeLike 'The hourly look for attacks*'
        foreach ($parameter in $help.parameters.parameter) { $parameter.description.Text | Should -Not -BeNullOrEmpty -Because "-$($parameter.name)" }
    }
}

Describe 'What strangers write' {
    BeforeAll {
        # A title, a cleared screen, C1, a turned direction, an invisible end of line.
        $script:hostile = [char]27 + ']0;x' + [char]7 + [char]27 + '[2J' + [char]0x9b + '2J' + [char]0x202e + [char]0x2028 + [char]0x200b + [char]0xfeff
        $script:steers = '\u001b[^\[]|\u001b\[[0-9;]*[^0-9;m]|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]'
        $script:strange = New-Item -ItemType Directory (Join-Path $folder 'strange')
        "203.0.113.7 - x$hostile [21/Nov/2026:03:16:00 +0000] `"GET /a?q=1'+union+select+2-- HTTP/1.1`" 200 9 `"-`" `"agent$hostile`"", "2026-11-21T03:16:01Z ERROR $hostile `${jndi:ldap://x/a}" | Set-Content "$strange/a.log"
    }

    It 'steers no terminal, in tables, lists, raw lines and errors' {
        $shown = @(
            Find-OpsAttackPattern -Path "$strange/a.log" | Format-Table | Out-String
            Find-OpsAttackPattern -Path "$strange/a.log" | Format-List | Out-String
            Measure-OpsAttack -Path "$strange/a.log" | Out-String
            Get-OpsLog -Path "$strange/a.log" | Out-String
            Get-OpsLog -Path "$strange/a.log" | Format-List | Out-String
            Get-OpsLog -Path "$strange/a.log" -Raw | Out-String
            try { Get-OpsLog -Path "$strange/none$hostile.log" -ErrorAction Stop } catch { $_ | Out-String; $_.CategoryInfo.TargetName; $_.Exception.Message }
        ) -join "`n"
        $shown | Should -Match 'jndi'
        $shown | Should -Match 'none'
        [regex]::Matches($shown, $steers).Count | Should -Be 0
    }

    It 'stays as it is in objects and files' {
        Get-OpsLog -Path "$strange/a.log" -Raw | Set-Content "$strange/b.log"
        Get-Content -Raw "$strange/b.log" | Should -BeExactly (Get-Content -Raw "$strange/a.log")
        (Get-OpsLog -Path "$strange/a.log" -Raw | Select-Object -First 1) | Should -BeOfType [string]
    }
}
