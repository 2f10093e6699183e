#!/usr/bin/env pwsh

<#
.SYNOPSIS
Times Update-OpsService beside the algorithm of docker-rollout (scale to double, poll each second, remove the old), in turns, each before an nginx of its own
that is asked all the time; tells what failed of both. Once without and once with a websocket, which nginx keeps with its old worker for as long as it is open, so
that each drain takes its whole time. Needs root, dockerd, busybox, gcc and nginx.
.DESCRIPTION
The service closes its listener at SIGTERM, as many do, and finishes what it has. Its start takes half a second, its health check runs each second.
.PARAMETER Runs
Updates of each.
.PARAMETER Rate
Requests each second, meanwhile: GET and POST with bodies, over kept connections and new ones; an upload of 5 s besides, and a websocket every other time.
.PARAMETER Replicas
Instances of the service.
.PARAMETER Output
Where rollout.md and rollout.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Runs = 5, [int] $Rate = 200, [int] $Replicas = 1, [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{ dockerd = 'docker.io'; nginx = 'nginx-light'; cc = 'gcc'; busybox = 'busybox-static' }

# The load of the tests, compiled here.
$lab = "$root/tests/OpsModule.Engine.Tests/Rollouts/Lab"
$usings = New-TemporaryFile
'', '.Collections.Generic', '.IO', '.Linq', '.Threading', '.Threading.Tasks' | ForEach-Object { "global using global::System$_;" } | Set-Content $usings
Move-Item $usings "$usings.cs"
$sources = @('LoadOptions', 'LoadResult', 'LoadGenerator', 'HttpAnswer', 'HttpConnection', 'EchoSocket' | ForEach-Object { "$lab/$_.cs" }) + "$usings.cs"
Add-Type -Path $sources -CompilerOptions '-nullable:enable'
Remove-Item "$usings.cs"

function Import-Image([string] $Name, [string] $Script, [string[]] $Change) {
    $image = "$($servers.Folder)/image"
    Invoke-Peer "rm -rf '$image'; mkdir -p '$image/bin' '$image/tmp' '$image/etc'; cp /bin/busybox '$image/bin/'; for a in sh cat ls tee mv rm sync sleep; do ln -s busybox '$image/bin/'`$a; done; cd '$image'; $Script; tar -c . | docker import $($Change | ForEach-Object { "--change '$_'" }) - $Name"
}

function New-Project([string] $Name, [string] $Location) {
    $null = New-Item -ItemType Directory -Force "$($servers.Folder)/$Name/nginx/upstreams"
    Set-Location "$($servers.Folder)/$Name"
    @"
services:
  nginx: { image: bench-nginx, command: [ nginx, -c, /shop/nginx.conf ], volumes: [ "./nginx:/shop" ] }
  api:
    image: bench-http:`${TAG:-1}
    environment: { START_DELAY_MS: "500" }
    stop_grace_period: 15s
    deploy: { replicas: $Replicas }
    healthcheck: { test: [ CMD, /service, probe, /health ], interval: 1s, timeout: 2s, retries: 3 }
"@ | Set-Content compose.yaml
    @"
user root;
daemon off;
pid /tmp/nginx.pid;
error_log stderr;
worker_processes 2;
events { worker_connections 2048; }
http {
    access_log /dev/null;
    client_body_temp_path /tmp/body;
    client_max_body_size 100m;
    map `$http_upgrade `$connection_upgrade { default upgrade; '' ''; }
    server {
        listen 80 backlog=4096;
        location / {
            $Location
            proxy_http_version 1.1;
            proxy_set_header Upgrade `$http_upgrade;
            proxy_set_header Connection `$connection_upgrade;
        }
    }
}
"@ | Set-Content nginx/nginx.conf
    @"
environment: bench
platform: { compose: { file: compose.yaml, project: $Name } }
proxies: { edge: { nginx: { service: nginx, upstreams: /shop/upstreams, configuration: /shop/nginx.conf, logs: /tmp, path: /health } } }
services:
  api: { rollout: { proxy: edge, probe: "http://{instance}:8080/health", drain: 10s } }
"@ | Set-Content ops.yaml
    Invoke-Peer "docker compose -p $Name up -d api"
    Wait-Healthy $Name
}

function Wait-Healthy([string] $Name) {
    Invoke-Peer "for i in `$(seq 300); do [ `$(docker ps -q --filter label=com.docker.compose.project=$Name --filter label=com.docker.compose.service=api --filter health=healthy | wc -l) -ge $Replicas ] && exit; sleep 0.1; done; exit 1"
}

function Get-Address([string] $Name) {
    docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' (docker ps -q --filter label=com.docker.compose.project=$Name --filter label=com.docker.compose.service=nginx)
}

# Scales to double, asks each second whether all of the new are healthy, stops and removes the old: docker-rollout's way, written anew.
$peer = @'
old=$(docker ps -q --filter label=com.docker.compose.project=peer --filter label=com.docker.compose.service=api)
count=$(echo "$old" | wc -l)
docker compose -p peer up -d --no-deps --no-recreate --scale api=$((count * 2)) api
new=$(docker ps -q --filter label=com.docker.compose.project=peer --filter label=com.docker.compose.service=api | grep -vFf <(echo "$old"))
for try in $(seq 60); do
    healthy=0
    for id in $new; do [ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" != healthy ] || healthy=$((healthy + 1)); done
    [ "$healthy" -lt "$count" ] || break
    sleep 1
done
docker stop $old
docker rm $old
'@

$loads = @{}
$most = @{}
foreach ($case in 'ours', 'peer', 'ours.websocket', 'peer.websocket') { $loads[$case] = [Collections.Generic.List[object]]::new(); $most[$case] = 0 }

# One update under load; the load goes on for a while behind it, as clients do.
function Measure-Update([string] $Name, [string] $Tag, [scriptblock] $Do, [switch] $Websocket) {
    $case = $Websocket ? "$Name.websocket" : $Name
    Set-Location "$($servers.Folder)/$Name"
    $env:TAG = $Tag
    $options = [OpsModule.Engine.Tests.Rollouts.Lab.LoadOptions]::new(80)
    $options.GetType().GetProperty('Host').SetValue($options, (Get-Address $Name))
    $options.GetType().GetProperty('Rate').SetValue($options, $Rate)
    $options.GetType().GetProperty('Websocket').SetValue($options, $Websocket.IsPresent)
    $load = [OpsModule.Engine.Tests.Rollouts.Lab.LoadGenerator]::Start($options)
    $null = $load.AnsweredAsync($Rate).GetAwaiter().GetResult()
    $counter = Start-ThreadJob {
        param($name, $dockerHost)
        $env:DOCKER_HOST = $dockerHost
        while ($true) { @(docker ps -q --filter label=com.docker.compose.project=$name --filter label=com.docker.compose.service=api).Count; Start-Sleep -Milliseconds 200 }
    } -ArgumentList $Name, $env:DOCKER_HOST
    try { Measure-Case $case $Do }
    finally {
        Start-Sleep -Seconds 3
        $result = $load.StopAsync().GetAwaiter().GetResult()
        Stop-Job $counter
        $most[$case] = [Math]::Max($most[$case], (Receive-Job $counter | Measure-Object -Maximum).Maximum)
        Remove-Job $counter -Force
    }
    $loads[$case].Add($result)
    Write-Host "    $result"
}

$servers = Start-Throwaway rollout 'engine' "$PSScriptRoot/servers.sh"
try {
    $env:DOCKER_CONFIG = bash "$root/build/compose-v2.sh" "$root/out/cache/compose-v2"
    Invoke-Peer "cc -O2 -static -pthread -o '$($servers.Folder)/service' '$lab/http-service.c'"
    foreach ($tag in 1, 2) { Import-Image "bench-http:$tag" "cp '$($servers.Folder)/service' ." "ENV VERSION=$tag", 'CMD ["/service"]', 'EXPOSE 8080' }
    Import-Image bench-nginx "cp /usr/sbin/nginx bin/; mkdir -p var/log/nginx var/lib/nginx; ldd /usr/sbin/nginx | grep -oE '/[^ ]+\.so[^ ]*' | while read -r l; do mkdir -p .`$(dirname `$l); cp -L `$l .`$l; done; printf 'root:x:0:0::/:/bin/sh\n' > etc/passwd; printf 'root:x:0:\n' > etc/group" 'ENV PATH=/bin'

    New-Project ours 'proxy_pass http://api:8080;'
    Invoke-Peer 'docker compose -p ours up -d --no-deps nginx'
    Invoke-Ours "New-OpsProxyConfiguration edge -Service api -Port 8080 -Path nginx/nginx.conf -Confirm:`$false"
    Invoke-Peer 'docker compose -p ours restart nginx'
    New-Project peer 'resolver 127.0.0.11 valid=1s; set $up api; proxy_pass http://$up:8080;'
    Invoke-Peer 'docker compose -p peer up -d --no-deps nginx'

    Write-Host "$Runs updates of each, in turns, at $Rate requests a second"
    for ($run = 0; $run -lt $Runs; $run++) {
        $tag = 2
        # How long an instance alone takes until it answers.
        Measure-Case start { Invoke-Peer "id=`$(docker run -d -e START_DELAY_MS=500 bench-http:$tag); until docker exec `$id /service probe /health; do sleep 0.05; done; docker rm -f `$id" }
        Measure-Update ours $tag { Invoke-Ours "Update-OpsService api -Tag $tag -Confirm:`$false | Assert-OpsResult" }
        Measure-Update peer $tag { Invoke-Peer $peer }
        $tag = 3 - $tag
        Measure-Update ours $tag { Invoke-Ours "Update-OpsService api -Tag $tag -Confirm:`$false | Assert-OpsResult" } -Websocket
        Measure-Update peer $tag { Invoke-Peer $peer } -Websocket
    }

    function Format-Failures($Results) {
        $failed = ($Results.Failed | Measure-Object -Sum).Sum
        "$failed of $(($Results.Sent | Measure-Object -Sum).Sum) failed, $(($Results.Resent | Measure-Object -Sum).Sum) sent again, $(($Results.Reconnects | Measure-Object -Sum).Sum) websockets closed"
    }
    $start = Get-Median start
    $own = [Math]::Max(0, (Get-Median ours Inner) - $start)
    $theirs = (Get-Median peer) - $start
    $figures.ratios['overhead/peer'] = [Math]::Round($own / $theirs, 3)
    foreach ($name in 'ours', 'peer', 'ours.websocket', 'peer.websocket') {
        $figures["$name.failed"] = ($loads[$name].Failed | Measure-Object -Sum).Sum
        $figures["$name.sent"] = ($loads[$name].Sent | Measure-Object -Sum).Sum
        $figures["$name.resent"] = ($loads[$name].Resent | Measure-Object -Sum).Sum
        $figures["$name.instances"] = $most[$name]
    }
    Complete-Bench rollout -Output $Output -Json:$Json -Lines @(
        "$(Get-Machine) Medians of $Runs updates without and $Runs with a websocket (lowest-highest), in turns, at $Rate requests a second, $Replicas instance(s), behind nginx $((nginx -v 2>&1) -replace '.*/')."
        ''
        '| what | ours | beside | theirs | ratio | target | met |'
        '|---|---|---|---|---|---|---|'
        Format-Row 'an update, after start and import' ours peer "docker-rollout's algorithm" $null Inner
        Format-Row 'an update, whole process' ours peer "docker-rollout's algorithm" $null
        Format-Row 'an update beside a websocket that stays open, after start and import' ours.websocket peer.websocket "docker-rollout's algorithm" $null Inner
        "| beyond the start of an instance ($(Format-Time start)) | $([string]::Format([cultureinfo]::InvariantCulture, '{0:n2} s', $own)) | docker-rollout's algorithm | $([string]::Format([cultureinfo]::InvariantCulture, '{0:n2} s', $theirs)) | **$($figures.ratios['overhead/peer'])** | ≤ 0.5 | $($own / $theirs -le 0.5 ? 'yes' : 'no') |"
        ''
        "Ours: $(Format-Failures $loads.ours); at most $($most.ours) instances at once. docker-rollout's algorithm (behind nginx with ``resolver 127.0.0.11 valid=1s`` and a variable): $(Format-Failures $loads.peer); at most $($most.peer) instances at once."
        ''
        "With a websocket, ours: $(Format-Failures $loads['ours.websocket']). docker-rollout's algorithm: $(Format-Failures $loads['peer.websocket'])."
    )
}
finally {
    Set-Location $root
    $env:TAG = $env:DOCKER_CONFIG = $null
    Stop-Throwaway $servers
}
