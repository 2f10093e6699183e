BeforeDiscovery { $scripts = @(Get-ChildItem "$PSScriptRoot/../../examples" -Filter *.ps1) }

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $modules = $env:PSModulePath
    $env:PSModulePath = "$root/out"
}

AfterAll { $env:PSModulePath = $modules }

Describe 'examples/<_.Name>' -ForEach $scripts {
    It 'has help for itself and each parameter' {
        $help = Get-Help $_.FullName -Full
        $help.Synopsis | Should -Not -BeLike "$($_.Name) *"
        foreach ($parameter in $help.parameters.parameter | Where-Object { $_.name -notin 'WhatIf', 'Confirm' }) { $parameter.description.Text | Should -Not -BeNullOrEmpty -Because "-$($parameter.name)" }
    }

    It 'can be read by PowerShell, and names only cmdlets that there are' {
        $problems = $null
        $tree = [Management.Automation.Language.Parser]::ParseFile($_.FullName, [ref]$null, [ref]$problems)
        $problems | Should -BeNullOrEmpty
        $called = $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true) | ForEach-Object GetCommandName | Where-Object { $_ -match '-Ops' } | Sort-Object -Unique
        $called | Where-Object { -not (Get-Command $_ -Module OpsModule -ErrorAction Ignore) } | Should -BeNullOrEmpty
    }
}

Describe 'The quickstart' {
    It 'names only cmdlets that there are' {
        $tree = [Management.Automation.Language.Parser]::ParseFile("$root/examples/quickstart/runbook.ps1", [ref]$null, [ref]$null)
        $called = $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true) | ForEach-Object GetCommandName | Where-Object { $_ -match '-Ops' }
        $called.Count | Should -BeGreaterThan 10
        $called | Where-Object { -not (Get-Command $_ -Module OpsModule -ErrorAction Ignore) } | Should -BeNullOrEmpty
    }
}

Describe 'examples/nightly-backup.ps1' {
    It 'backs up the whole and each tenant, looks at them and ends with 0' {
        $shop = New-Shop
        & $pwsh -NoProfile -File "$root/examples/nightly-backup.ps1" -Environment "$shop/ops.yaml" -Tenants *> "$folder/said.txt"
        $LASTEXITCODE | Should -Be 0 -Because (Get-Content -Raw "$folder/said.txt")
        @(Get-OpsBackup -Environment $shop -Store local).Count | Should -Be 3
        @(Get-OpsBackup -Environment $shop | Where-Object VerifiedAt -EQ $null).Count | Should -Be 0
    }

    It 'ends with another code when the database is not there' {
        "environment: none`ndatabases: { main: { host: 127.0.0.1, port: 1, name: a, user: b } }`nbackups: { stores: { local: { path: backups } } }" | Set-Content "$folder/none.yaml"
        & $pwsh -NoProfile -File "$root/examples/nightly-backup.ps1" -Environment "$folder/none.yaml" *> $null
        $LASTEXITCODE | Should -Be 1
    }
}

Describe 'examples/morning-check.ps1' {
    BeforeAll { $check = "$root/examples/morning-check.ps1" }

    It 'looks at the rest where one thing cannot be looked at, and ends with 2' {
        "environment: morning`nchecks: { closed: { tcp: `"127.0.0.1:1`" } }" | Set-Content "$folder/ops.yaml"
        & $pwsh -NoProfile -File $check -Environment "$folder/ops.yaml" -Path "$folder/m.html" -SkipBackupTest *> "$folder/said.txt"
        $LASTEXITCODE | Should -Be 2 -Because (Get-Content -Raw "$folder/said.txt")
        Get-Content -Raw "$folder/m.html" | Should -BeLike '*closed of 127.0.0.1:1*'
    }

    It 'ends with 2 without an environment' {
        & $pwsh -NoProfile -File $check -Environment "$folder/none/ops.yaml" *> "$folder/said.txt"
        $LASTEXITCODE | Should -Be 2
        Get-Content -Raw "$folder/said.txt" | Should -BeLike '*none*ops.yaml*'
    }
}

Describe 'examples/hourly-security-scan.ps1' {
    It 'tells what is new and ends with 1, and with 0 when the next hour has nothing' {
        $port = Get-Random -Minimum 20000 -Maximum 32000
        $hook = [Net.HttpListener]::new()
        $hook.Prefixes.Add("http://127.0.0.1:$port/")
        $hook.Start()
        $told = Start-ThreadJob { param($hook) try { while ($true) { $call = $hook.GetContext(); [IO.StreamReader]::new($call.Request.InputStream).ReadToEnd(); $call.Response.Close() } } catch { } } -ArgumentList $hook
        try {
            $env:PESTER_HOOK = "http://127.0.0.1:$port/"
            'environment: scanned', 'alerts: { receivers: { chat: { webhook: "env:PESTER_HOOK" } } }' | Set-Content "$folder/scan.yaml"
            New-AccessLog "$folder/access.log" (, @('203.0.113.7', '/a?id=1%27+union+select+1,2', 200))
            foreach ($expected in 1, 0) {
                & $pwsh -NoProfile -File "$root/examples/hourly-security-scan.ps1" -Environment "$folder/scan.yaml" -Baseline "$folder/seen.json" -Path "$folder/access.log*" -Report "$folder/a.html" *> "$folder/said.txt"
                $LASTEXITCODE | Should -Be $expected -Because (Get-Content -Raw "$folder/said.txt")
            }
            "$folder/a.html" | Should -Exist
        }
        finally { $hook.Stop() }
        # -AutoRemoveJob fails now and then for a job that has just ended.
        $said = $told | Wait-Job | Receive-Job
        Remove-Job $told
        ($said | ConvertFrom-Json).state | Should -Be 'firing', 'resolved'
    }
}

Describe 'examples/rotate-api-keys.ps1' {
    It 'rotates what a client of ours has, and keeps what nothing tells the use of' {
        $shop = New-KeyShop
        $null = Invoke-Sql $shop "INSERT INTO api_keys (name, key_hash) VALUES ('shop', encode(sha256('first-key-of-the-shop'), 'hex'))"
        'API_KEY=first-key-of-the-shop' | Set-Content "$shop/app.env"
        (Get-Content -Raw "$shop/ops.yaml").Replace('secrets: { ', 'secrets: { shop: { apiKey: { table: { database: main, name: api_keys, hash: key_hash, revoked: { column: is_revoked, value: true } } }, uses: [ { file: app.env, key: API_KEY } ] }, ') | Set-Content "$shop/ops.yaml"
        & $pwsh -NoProfile -File "$root/examples/rotate-api-keys.ps1" -Environment "$shop/ops.yaml" -Name shop -OlderThan 365d *> "$folder/said.txt"
        $LASTEXITCODE | Should -Be 0 -Because (Get-Content -Raw "$folder/said.txt")
        Get-Content "$shop/app.env" | Should -Not -Contain 'API_KEY=first-key-of-the-shop'
        Invoke-Sql $shop "select name from api_keys where is_revoked" | Should -Be 'shop'
        Get-Content -Raw "$folder/said.txt" | Should -Match 'is old, and stays'
    }
}

Describe 'examples/nightly.ps1' {
    It 'makes a whole set, looks at it, removes what is old and drills on its day' {
        $shop = New-Shop
        (Get-Content -Raw "$shop/ops.yaml").Replace('{ path: other } }', '{ path: other } }, retention: { database: { keep: 30d }, configuration: 90d }') | Set-Content "$shop/ops.yaml"
        & $pwsh -NoProfile -File "$root/examples/nightly.ps1" -Environment "$shop/ops.yaml" -Today Sunday *> "$folder/said.txt"
        $LASTEXITCODE | Should -Be 0 -Because (Get-Content -Raw "$folder/said.txt")
        @(Get-OpsBackupSet -Environment $shop | Where-Object IsComplete).Count | Should -Be 2
        @(Get-OpsBackup -Environment $shop | Where-Object VerifiedAt -EQ $null).Count | Should -Be 0
        Get-Content -Raw "$folder/said.txt" | Should -Match 'Passed'
    }

    It 'ends with another code when the database is not there' {
        "environment: none`ndatabases: { main: { host: 127.0.0.1, port: 1, name: a, user: b } }`nbackups: { stores: { local: { path: backups } } }" | Set-Content "$folder/none2.yaml"
        & $pwsh -NoProfile -File "$root/examples/nightly.ps1" -Environment "$folder/none2.yaml" *> $null
        $LASTEXITCODE | Should -Be 1
    }
}

Describe 'examples/disaster-recovery.ps1' {
    BeforeAll {
        $shop = New-Shop
        'listen 80;' | Set-Content "$shop/nginx.conf"
        'configuration: { files: [ nginx.conf ] }' | Add-Content "$shop/ops.yaml"
        $null = Backup-OpsEnvironment -Store local -Environment $shop -WarningAction SilentlyContinue
        function Invoke-Recovery([string[]] $Arguments) {
            & $pwsh -NoProfile -File "$root/examples/disaster-recovery.ps1" @Arguments -Environment "$shop/ops.yaml" -Confirm:$false *> "$folder/said.txt"
            $LASTEXITCODE | Should -Be 0 -Because (Get-Content -Raw "$folder/said.txt")
        }
    }

    It 'brings everything back after a complete failure' {
        $name = Split-Path -Leaf $shop
        psql -X -q -d postgres -c "DROP DATABASE $name WITH (FORCE)"
        Remove-Item "$shop/nginx.conf"
        Invoke-Recovery 'CompleteFailure', '-KeepServices'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be 100
        Get-Content "$shop/nginx.conf" | Should -Be 'listen 80;'
    }

    It 'brings the data back and leaves the files when data was corrupted' {
        $null = Invoke-Sql $shop 'DELETE FROM tenant_demo.customers'
        'listen 81;' | Set-Content "$shop/nginx.conf"
        Invoke-Recovery 'DataCorruption', '-KeepServices'
        Invoke-Sql $shop 'SELECT count(*) FROM tenant_demo.customers' | Should -Be 100
        Get-Content "$shop/nginx.conf" | Should -Be 'listen 81;'
    }

    It 'shows what takes room when a disk is full' {
        & $pwsh -NoProfile -File "$root/examples/disaster-recovery.ps1" DiskFull -Environment "$shop/ops.yaml" -WhatIf *> "$folder/said.txt"
        Get-Content -Raw "$folder/said.txt" | Should -Match 'Path|Mount|Free'
    }

    It 'says that there is no set, and ends with another code' {
        & $pwsh -NoProfile -File "$root/examples/disaster-recovery.ps1" CompleteFailure -Environment "$shop/ops.yaml" -Before 2020-01-01 -Confirm:$false *> "$folder/said.txt"
        $LASTEXITCODE | Should -Be 1
        Get-Content -Raw "$folder/said.txt" | Should -Match 'No store has a whole set'
    }
}
