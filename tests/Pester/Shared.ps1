# What test files have in common. Dot-source it in the file's first BeforeAll.

$root = (Resolve-Path "$PSScriptRoot/../..").Path
$manifest = "$root/out/OpsModule/OpsModule.psd1"
# Not the process's own path: where PowerShell is a dotnet tool that is dotnet.
$pwsh = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
Import-Module $manifest
$folder = "$TestDrive"
$env:OPS_ENVIRONMENT = $null

# An access log of requests: address, path, status, one line each.
function New-AccessLog([string] $Path, [object[]] $Request) {
    $second = 0
    $Request | ForEach-Object { '{0} - - [21/Nov/2026:03:16:{1:00} +0000] "GET {2} HTTP/1.1" {3} 9' -f $_[0], $second++, $_[1], $_[2] } | Set-Content $Path
}

# Runs a script in a PowerShell of its own, as a scheduler does: what it said, and how it ended.
function Invoke-Script([string] $Script) {
    $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('n')).ps1"
    "Import-Module '$manifest'`n$Script" | Set-Content $file
    $said = & $pwsh -NoProfile -NonInteractive -File $file 2>&1 | Out-String
    [pscustomobject]@{ Said = $said; ExitCode = $LASTEXITCODE }
}

# An environment whose Docker engine is not there: what can be looked at without one is what its cmdlets do before they ask it.
function New-EngineLess {
    "environment: shop`nplatform: { compose: { file: compose.yaml, project: shop } }" | Set-Content (New-Item -Force "$TestDrive/engineless/ops.yaml")
    $env:DOCKER_HOST = "unix://$TestDrive/no.sock"
    "$TestDrive/engineless"
}

# A database of a real server, with two tenants, and an environment for it: the folder of its ops.yaml. The server is started once for all files.
function New-Shop {
    if (-not $global:OpsPesterServers) {
        . "$root/build/Throwaway.ps1"
        $global:OpsPesterServers = Start-Throwaway pester 'postgres:fsync=off,max_connections=50'
        $global:OpsPesterShops = 0
    }
    $global:OpsPesterShops += 1
    $name = "shop$global:OpsPesterShops"
    $sql = "CREATE DATABASE $name TEMPLATE template0;`n\connect $name`n" + (@('demo', 'acme') | ForEach-Object {
            "CREATE SCHEMA tenant_$_; CREATE TABLE tenant_$_.customers (id int PRIMARY KEY, name text); INSERT INTO tenant_$_.customers SELECT i, 'customer ' || i FROM generate_series(1, 100) i;`n"
        })
    $said = $sql | psql -X -q -d postgres -v ON_ERROR_STOP=1 2>&1
    if ($LASTEXITCODE) { throw "The test's database could not be made: $said" }
    $shop = (New-Item -ItemType Directory "$TestDrive/$name").FullName
    @"
environment: shop
databases: { main: { host: "$env:PGHOST", port: $env:PGPORT, name: $name, user: postgres, tenantSchema: "tenant_{tenant}" } }
backups: { stores: { local: { path: backups }, other: { path: other } } }
"@ | Set-Content "$shop/ops.yaml"
    $shop
}

function Invoke-Sql([string] $Shop, [string] $Sql) { psql -X -q -At -d (Split-Path -Leaf $Shop) -c $Sql }

# A Redis server that is started once for all files, emptied, with a few keys, and an environment for it: the folder of its ops.yaml.
function New-CacheShop {
    if (-not $global:OpsPesterRedis -or $global:OpsPesterRedis.HasExited) {
        $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        $global:OpsPesterRedisPort = $listener.LocalEndpoint.Port
        $listener.Stop()
        $global:OpsPesterRedis = Start-Process redis-server -PassThru -RedirectStandardOutput "$([IO.Path]::GetTempFileName())" -ArgumentList '--bind', '127.0.0.1',
            '--port', $global:OpsPesterRedisPort, '--save', '""', '--repl-diskless-sync-delay', '0', '--dir', ([IO.Path]::GetTempPath())
        foreach ($try in 1..200) { if ((redis-cli -p $global:OpsPesterRedisPort ping 2>$null) -eq 'PONG') { break }; Start-Sleep -Milliseconds 50 }
        $null = Register-EngineEvent PowerShell.Exiting -Action { $global:OpsPesterRedis.Kill() }
    }
    $null = "flushall`nset t:demo:a 1`nset t:demo:b 2`nset t:acme:a 3`nrpush list 1 2 3" | redis-cli -p $global:OpsPesterRedisPort
    $shop = (New-Item -ItemType Directory -Force "$TestDrive/cache$([guid]::NewGuid().ToString('n').Substring(0, 6))").FullName
    "environment: shop`ncaches: { main: { host: 127.0.0.1, port: $global:OpsPesterRedisPort } }`nbackups: { stores: { local: { path: backups } } }" | Set-Content "$shop/ops.yaml"
    $shop
}

function Invoke-Redis([string[]] $Command) { redis-cli -p $global:OpsPesterRedisPort @Command }

# A shop with a table of keys, and the environment's secret partners that says so: acme has an old and a young one, globex one.
function New-KeyShop {
    $shop = New-Shop
    $null = Invoke-Sql $shop "CREATE TABLE api_keys (id serial PRIMARY KEY, name text, key_hash text, is_revoked boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now())"
    $null = Invoke-Sql $shop "INSERT INTO api_keys (name, key_hash, created_at) VALUES ('acme', 'a', now() - interval '400 days'), ('acme', 'b', now()), ('globex', 'c', now())"
    Add-Content "$shop/ops.yaml" 'secrets: { partners: { apiKey: { prefix: sk_, table: { database: main, name: api_keys, hash: key_hash, created: created_at, revoked: { column: is_revoked, value: true } } } } }'
    $shop
}

# A shop whose tenant demo lost rows and has them again: one restore is kept.
function New-RestoredShop {
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Tenant demo -Store local -Environment $shop
    $null = Invoke-Sql $shop "DELETE FROM tenant_demo.customers WHERE id > 10"
    $null = Get-OpsBackup main -Tenant demo -Latest -Environment $shop | Restore-OpsDatabase -Confirm:$false -Environment $shop
    $shop
}

# An environment in $folder with rules made of one Sigma rule that can be expressed, beside one that cannot: what the import said.
function Import-SigmaSample {
    $null = New-Item -ItemType Directory "$folder/rules"
    "environment: shop`nattacks: { rules: [rules] }" | Set-Content "$folder/ops.yaml"
    "title: Backdoor`nlogsource: { category: webserver }`ndetection: { selection: { c-uri|contains: /backdoor }, filter: { cs-user-agent: ours }, condition: selection and not filter }" | Set-Content "$folder/good.yml"
    "title: Windows`nlogsource: { category: process_creation }`ndetection: { selection: { Image: x }, condition: selection }" | Set-Content "$folder/bad.yml"
    @(Import-OpsAttackRule "$folder/*.yml" -Destination "$folder/rules/sigma.yaml" -WarningAction SilentlyContinue)
}

# A folder with an environment file, an env file and a folder of configuration: encrypted where asked.
function New-ConfiguredShop([switch] $Encrypted) {
    $shop = (New-Item -ItemType Directory "$TestDrive/configured$([guid]::NewGuid().ToString('n').Substring(0, 6))").FullName
    $encryption = ''
    if ($Encrypted) {
        age-keygen -o "$shop/age.key" 2> $null
        $encryption = ", encryption: { recipients: [ $(age-keygen -y "$shop/age.key") ], identity: age.key }"
    }
    "environment: shop`nconfiguration: { files: [ app.env, conf/ ] }`nbackups: { stores: { local: { path: store } }$encryption }" | Set-Content "$shop/ops.yaml"
    "PORT=4000`nAPI_TOKEN=Kq7v9XbT2mLwZ4pR8sNd" | Set-Content "$shop/app.env"
    $null = New-Item -ItemType Directory "$shop/conf", "$shop/store"
    'listen 80;' | Set-Content "$shop/conf/nginx.conf"
    $shop
}
