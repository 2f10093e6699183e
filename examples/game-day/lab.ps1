# The lab that game-day.ps1 breaks: a PostgreSQL with a standby, a Redis with a replica, nginx with TLS, and services on a Docker engine of
# its own. All of it on loopback or on a bridge of its own, and all of it gone at the end. Dot-source it.

# Waits until something is so: at most a minute, and then says what did not come.
function Wait-Lab([string] $What, [scriptblock] $Condition) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while ($watch.Elapsed.TotalSeconds -lt 60) {
        if (& $Condition) { return }
        Start-Sleep -Milliseconds 100
    }
    throw "The lab did not come to this within a minute: $What."
}

function Get-LabPort {
    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start()
    $listener.LocalEndpoint.Port
    $listener.Stop()
}

# PostgreSQL refuses to run as root.
function Invoke-LabPostgres([string] $Program) {
    $line = @("$($Lab.PostgresBin)/$Program") + $args
    if ((id -u) -eq '0') { $line = @('setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups') + $line }
    & $line[0] $line[1..($line.Count - 1)] *>> "$($Lab.Folder)/lab.log"
    if ($LASTEXITCODE) { throw "$Program $args ended with $LASTEXITCODE; see $($Lab.Folder)/lab.log." }
}

# One value, as the superuser of a server of the lab; with -Writing also where the server refuses writes.
function Invoke-LabSql([string] $Sql, [int] $Port = $Lab.Primary, [string] $Database = 'shop', [switch] $Writing) {
    $env:PGPASSWORD = $Lab.Password
    $env:PGOPTIONS = $Writing ? '-c default_transaction_read_only=off' : ''
    $answer = & "$($Lab.PostgresBin)/psql" -X -q -h 127.0.0.1 -p $Port -U postgres -d $Database -v ON_ERROR_STOP=1 -Atc $Sql 2>> "$($Lab.Folder)/lab.log"
    if ($LASTEXITCODE) { throw "psql ended with $LASTEXITCODE at: $Sql" }
    $answer
}

# A session that stays open, with what it does; its end is Stop-LabSession.
function Start-LabSession([string] $Sql, [int] $Seconds = 600) {
    $env:PGPASSWORD = $Lab.Password
    $start = [Diagnostics.ProcessStartInfo]::new("$($Lab.PostgresBin)/psql")
    foreach ($word in '-X', '-q', '-h', '127.0.0.1', '-p', "$($Lab.Primary)", '-U', 'app', '-d', 'shop', '-c', $Sql, '-c', "SELECT pg_sleep($Seconds)") { $start.ArgumentList.Add($word) }
    $start.RedirectStandardError = $start.RedirectStandardOutput = $true
    $Lab.Sessions.Add([Diagnostics.Process]::Start($start))
}

function Stop-LabSession {
    foreach ($session in $Lab.Sessions) { if (-not $session.HasExited) { $session.Kill() } }
    $Lab.Sessions.Clear()
    $null = Invoke-LabSql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND application_name = 'psql'"
    Wait-Lab 'sessions are gone' { '0' -eq (Invoke-LabSql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND application_name = 'psql'") }
}

function Start-LabPrimary { Invoke-LabPostgres pg_ctl -D "$($Lab.Folder)/primary" -l "$($Lab.Folder)/primary.log" -w -t 60 start }

function Start-LabStandby {
    Invoke-LabPostgres pg_ctl -D "$($Lab.Folder)/standby" -l "$($Lab.Folder)/standby.log" -w -t 60 start
    Wait-Lab 'the standby follows' { '1' -eq (Invoke-LabSql "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") }
}

function Stop-LabPostgres([string] $Which) { Invoke-LabPostgres pg_ctl -D "$($Lab.Folder)/$Which" -m immediate -w stop }

function Invoke-LabRedis([int] $Port) { & redis-cli -p $Port @args 2>> "$($Lab.Folder)/lab.log" }

function Get-LabRedisInfo([int] $Port, [string] $Name) {
    (Invoke-LabRedis $Port INFO) -match "^$([regex]::Escape($Name)):" -replace '^[^:]*:' | ForEach-Object Trim | Select-Object -First 1
}

function Start-LabRedis([string] $Name, [int] $Port) {
    $null = New-Item -ItemType Directory -Force "$($Lab.Folder)/$Name"
    $null = & redis-server --port $Port --bind 127.0.0.1 --dir "$($Lab.Folder)/$Name" --daemonize yes --save 3600 1 --repl-diskless-sync-delay 0 `
        --logfile "$($Lab.Folder)/$Name.log" --pidfile "$($Lab.Folder)/$Name.pid" @args
    Wait-Lab "Redis $Name answers" { 'PONG' -eq (Invoke-LabRedis $Port PING) }
}

function Wait-LabReplica {
    Wait-Lab 'the replica follows' { 'up' -eq (Get-LabRedisInfo $Lab.Replica master_link_status) -and (Get-LabRedisInfo $Lab.Redis slave0) -match 'state=online' }
}

# A container of a service, by the labels that Compose gives one.
function Start-LabService([string] $Service, [string] $Command, [int] $Number = 1, [string[]] $Option = @('--log-opt', 'max-size=1m')) {
    $id = & docker run -d --name "$($Lab.Project)-$Service-$Number" --stop-timeout 1 @Option `
        --label "com.docker.compose.project=$($Lab.Project)" --label "com.docker.compose.service=$Service" --label com.docker.compose.oneoff=False `
        --label "com.docker.compose.container-number=$Number" game-day sh -c $Command 2>> "$($Lab.Folder)/lab.log"
    # A container that cannot be started is there all the same.
    if ($LASTEXITCODE -and -not $id) { throw "docker run of $Service ended with $LASTEXITCODE; see $($Lab.Folder)/lab.log." }
}

function Remove-LabService([string] $Service, [int] $Number = 1) { $null = & docker rm -f -v "$($Lab.Project)-$Service-$Number" 2>&1 }

function Get-LabService([string] $Service, [string] $What, [int] $Number = 1) { & docker inspect -f "{{$What}}" "$($Lab.Project)-$Service-$Number" 2>> "$($Lab.Folder)/lab.log" }

$Stay = "trap 'exit 0' TERM; sleep 3600 & wait"
$Programs = @('-v', '/usr:/usr:ro', '-v', '/lib:/lib:ro', '-v', '/lib64:/lib64:ro', '--log-opt', 'max-size=1m')
$Sessions = 'exec /usr/bin/redis-server --port 6379 --protected-mode no --save ""'

function Start-LabSessions {
    Start-LabService sessions $Sessions -Option $Programs
    $address = Get-LabService sessions .NetworkSettings.IPAddress
    Wait-Lab 'the sessions answer' { 'PONG' -eq (& redis-cli -h $address PING 2>$null) }
}

function Start-LabApi {
    Start-LabService api "touch /tmp/well; $Stay" -Option '--log-opt', 'max-size=1m', '--health-cmd', 'test -f /tmp/well || { echo out of order; exit 1; }',
        '--health-interval', '300ms', '--health-retries', '1', '--health-timeout', '5s'
    Wait-Lab 'the api is well' { 'healthy' -eq (Get-LabService api .State.Health.Status) }
}

# What nginx answers, with which certificate.
function Set-LabWeb([string] $Answer = '200 ''{"status":"ok"}''', [string] $Certificate = 'web') {
    Set-Content "$($Lab.Folder)/nginx.conf" @"
pid $($Lab.Folder)/nginx.pid; error_log $($Lab.Folder)/nginx.log;
events {}
http {
  access_log off; default_type application/json;
  client_body_temp_path $($Lab.Folder)/n1; proxy_temp_path $($Lab.Folder)/n2; fastcgi_temp_path $($Lab.Folder)/n3; uwsgi_temp_path $($Lab.Folder)/n4; scgi_temp_path $($Lab.Folder)/n5;
  server {
    listen 127.0.0.1:$($Lab.Web) ssl;
    ssl_certificate $($Lab.Folder)/$Certificate.pem; ssl_certificate_key $($Lab.Folder)/$Certificate.key;
    location / { return $Answer; }
  }
}
"@
    $nginx = 'nginx', '-c', "$($Lab.Folder)/nginx.conf", '-p', $Lab.Folder
    if (-not (Test-Path "$($Lab.Folder)/nginx.pid")) { & $nginx[0] $nginx[1..4] 2>> "$($Lab.Folder)/lab.log" }
    else { & $nginx[0] @($nginx[1..4]) -s reload 2>> "$($Lab.Folder)/lab.log" }
    if ($LASTEXITCODE) { throw "nginx ended with $LASTEXITCODE; see $($Lab.Folder)/lab.log." }
    # Workers with the old settings take connections until they have ended.
    $wanted = & openssl x509 -in "$($Lab.Folder)/$Certificate.pem" -noout -fingerprint
    Wait-Lab 'nginx serves what it is to' {
        $wanted -eq ($null | & openssl s_client -connect "127.0.0.1:$($Lab.Web)" 2>$null | & openssl x509 -noout -fingerprint 2>$null) -and
            ($Answer -split ' ')[0] -eq (& curl -sk -o /dev/null -w '%{http_code}' "https://127.0.0.1:$($Lab.Web)/health")
    }
}

function New-LabCertificate([string] $Name, [int] $Days, [switch] $SelfSigned) {
    Push-Location $Lab.Folder
    try {
        $names = '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'
        if ($SelfSigned) { & openssl req -x509 -newkey rsa:2048 -nodes -keyout "$Name.key" -out "$Name.pem" -days $Days @names 2>> lab.log }
        else {
            & openssl req -newkey rsa:2048 -nodes -keyout "$Name.key" -out "$Name.csr" @names 2>> lab.log
            & openssl x509 -req -in "$Name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$Name.pem" -days $Days -copy_extensions copy 2>> lab.log
        }
        if ($LASTEXITCODE) { throw "openssl ended with $LASTEXITCODE; see $($Lab.Folder)/lab.log." }
    }
    finally { Pop-Location }
}

function Start-Lab([string] $Folder, [string] $Root) {
    $bin = @(Get-ChildItem /usr/lib/postgresql/*/bin -ErrorAction Ignore | Sort-Object { [int]$_.Parent.Name })[-1].FullName
    foreach ($needed in 'redis-server', 'redis-cli', 'nginx', 'openssl', 'curl', 'dockerd', 'docker', 'busybox') {
        if (-not (Get-Command $needed -CommandType Application -ErrorAction Ignore)) { throw "The game day needs $needed, which is not installed here." }
    }
    if (-not $bin) { throw 'The game day needs the PostgreSQL server, which is not installed in /usr/lib/postgresql.' }
    $script:Lab = @{
        Folder = $Folder; Root = $Root; PostgresBin = $bin; Project = "gameday$PID"; Password = [guid]::NewGuid().ToString('n'); Engine = $null
        Primary = Get-LabPort; Standby = Get-LabPort; Redis = Get-LabPort; Replica = Get-LabPort; Web = Get-LabPort; File = "$Folder/ops.yaml"
        Sessions = [Collections.Generic.List[Diagnostics.Process]]::new()
    }
    Set-Content "$Folder/pw" $Lab.Password
    Set-Content "$Folder/.env" "DB=$($Lab.Password)"
    Start-LabEngine
    if ((id -u) -eq '0') { foreach ($own in 'primary', 'standby') { $null = New-Item -ItemType Directory "$Folder/$own"; & chown postgres "$Folder/$own"; & chmod 700 "$Folder/$own" } }
    & chmod 755 $Folder
    foreach ($log in 'primary.log', 'standby.log') { Set-Content "$Folder/$log" ''; & chmod 666 "$Folder/$log" }
    Start-LabDatabases
    Start-LabRedis redis $Lab.Redis
    Start-LabRedis replica $Lab.Replica --replicaof "127.0.0.1 $($Lab.Redis)"
    Wait-LabReplica
    & openssl req -x509 -newkey rsa:2048 -nodes -keyout "$Folder/ca.key" -out "$Folder/ca.pem" -days 90 -subj '/CN=Game day' 2>> "$Folder/lab.log"
    New-LabCertificate web 60
    Set-LabWeb
    Start-LabSessions
    Start-LabApi
    1..3 | ForEach-Object { Start-LabService worker $Stay -Number $_ }
    Start-LabService migrate 'exit 0'
    Wait-Lab 'the migration has ended' { 'exited' -eq (Get-LabService migrate .State.Status) }
    Copy-Item "$Root/examples/game-day/compose.yaml" "$Folder/compose.yaml"
    Set-LabFile
}

# The environment file; $Main is where databases.main points, $Transaction how old a transaction may be.
function Set-LabFile([int] $Main = $Lab.Primary, [string] $Transaction = '1h') {
    $text = Get-Content -Raw "$($Lab.Root)/examples/game-day/ops.yaml"
    foreach ($name in 'Standby', 'Redis', 'Replica', 'Web', 'Project') { $text = $text.Replace("{$name}", "$($Lab[$name])") }
    Set-Content $Lab.File $text.Replace('{Main}', "$Main").Replace('{Transaction}', $Transaction)
}

function Start-LabDatabases {
    $folder = $Lab.Folder
    Copy-Item "$folder/pw" "$folder/primary.pw"
    & chmod 644 "$folder/primary.pw"
    Invoke-LabPostgres initdb -D "$folder/primary" -U postgres -A scram-sha-256 "--pwfile=$folder/primary.pw" -E UTF8 --locale=C
    $settings = @"
port = $($Lab.Primary)
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
max_connections = 20
max_prepared_transactions = 5
archive_mode = on
archive_command = '/bin/true'
wal_sender_timeout = 5s
wal_receiver_timeout = 5s
wal_retrieve_retry_interval = 500ms
"@
    $settings | Add-Content "$folder/primary/postgresql.conf"
    Start-LabPrimary
    $null = Invoke-LabSql "CREATE ROLE app LOGIN PASSWORD '$($Lab.Password)'; GRANT pg_monitor TO app" -Database postgres
    $null = Invoke-LabSql 'CREATE DATABASE shop OWNER app' -Database postgres
    $null = Invoke-LabSql 'CREATE TABLE orders (id int); INSERT INTO orders SELECT generate_series(1, 100); ALTER TABLE orders OWNER TO app'
    Invoke-LabPostgres pg_basebackup -D "$folder/standby" -R -X stream -c fast -d "host=127.0.0.1 port=$($Lab.Primary) user=postgres password=$($Lab.Password)"
    "port = $($Lab.Standby)" | Add-Content "$folder/standby/postgresql.conf"
    Start-LabStandby
}

function Start-LabEngine {
    $folder = "$($Lab.Folder)/docker"
    $null = New-Item -ItemType Directory $folder
    $network = & bash "$($Lab.Root)/build/docker-engine.sh" prepare $folder $PID
    if ($LASTEXITCODE) { throw 'No bridge for the Docker engine: the game day has to run as root.' }
    $start = [Diagnostics.ProcessStartInfo]::new('bash')
    $engine = @('dockerd') + $network + @('--data-root', "$folder/data", '--exec-root', "$folder/exec", '--host', "unix://$folder/docker.sock", '--pidfile', "$folder/pid")
    foreach ($word in @('-c', 'log=$1; shift; exec "$@" >>"$log" 2>&1', 'engine', "$($Lab.Folder)/engine.log") + $engine) { $start.ArgumentList.Add($word) }
    $Lab.Engine = [Diagnostics.Process]::Start($start)
    $env:DOCKER_HOST = "unix://$folder/docker.sock"
    Wait-Lab 'the Docker engine answers' { & docker version *> $null; $LASTEXITCODE -eq 0 }
    # An image of busybox alone, so that no registry is needed.
    $root = "$($Lab.Folder)/image"
    $null = New-Item -ItemType Directory "$root/bin", "$root/tmp", "$root/etc"
    Copy-Item (Get-Command busybox -CommandType Application)[0].Source "$root/bin/busybox"
    foreach ($name in 'sh', 'sleep', 'test', 'touch', 'rm', 'cat', 'echo', 'kill') { & ln -s busybox "$root/bin/$name" }
    Set-Content "$root/etc/passwd" 'root:x:0:0:root:/:/bin/sh'
    & tar -C $root -cf "$($Lab.Folder)/image.tar" .
    $null = & docker import --change 'ENV PATH=/bin:/usr/bin' "$($Lab.Folder)/image.tar" game-day
    if ($LASTEXITCODE) { throw 'The image of the lab could not be made.' }
}

function Stop-Lab {
    if (-not $Lab) { return }
    foreach ($session in $Lab.Sessions) { if (-not $session.HasExited) { $session.Kill() } }
    foreach ($which in 'standby', 'primary') { try { Stop-LabPostgres $which } catch { Write-Verbose "$_" } }
    foreach ($port in $Lab.Redis, $Lab.Replica) { $null = Invoke-LabRedis $port SHUTDOWN NOSAVE }
    if (Test-Path "$($Lab.Folder)/nginx.pid") { & kill (Get-Content "$($Lab.Folder)/nginx.pid") }
    if ($Lab.Engine) {
        $all = @(& docker ps -aq 2>$null)
        if ($all) { $null = & docker rm -f -v $all 2>&1 }
        & kill $Lab.Engine.Id
        $Lab.Engine.WaitForExit()
        & bash "$($Lab.Root)/build/docker-engine.sh" remove "$($Lab.Folder)/docker"
    }
    Remove-Item env:DOCKER_HOST, env:PGPASSWORD, env:PGOPTIONS -ErrorAction Ignore
    & rm -rf --one-file-system $Lab.Folder
}
