# The container image of the Containerfile: built on what this machine has, without a network. It takes minutes: ./build.sh prove.

Describe 'The container image' {
    BeforeAll {
        $script:root = (Resolve-Path "$PSScriptRoot/../..").Path
        $script:folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "ops-image-test-$([guid]::NewGuid().ToString('n'))")).FullName
        $env:DOCKER_HOST = "unix://$folder/docker.sock"
        $env:DOCKER_BUILDKIT = '0'
        $network = @(& "$root/build/docker-engine.sh" prepare $folder $PID)
        $script:engine = Start-Process dockerd -PassThru -RedirectStandardError "$folder/engine.log" -RedirectStandardOutput "$folder/engine.out" -ArgumentList (
            @('--data-root', "$folder/data", '--exec-root', "$folder/exec", '--host', $env:DOCKER_HOST, '--pidfile', "$folder/pid") + $network)
        for ($i = 0; $i -lt 600; $i++) {
            & docker info *> $null
            if ($LASTEXITCODE -eq 0 -or $engine.HasExited) { break }
            Start-Sleep -Milliseconds 200
        }
        $LASTEXITCODE | Should -Be 0 -Because (Get-Content -Raw "$folder/engine.log")

        # With a container's number: it must not have ended before.
        function script:Wait-Until([scriptblock] $Condition, [string] $Container) {
            for ($i = 0; -not (& $Condition); $i++) {
                if ($Container -and (& docker inspect -f '{{.State.Running}}' $Container) -ne 'true') { throw "It ended before: $(& docker logs $Container 2>&1 | Out-String)" }
                if ($i -gt 1200) { throw "This did not come: $Condition" }
                Start-Sleep -Milliseconds 100
            }
        }

        # A base of this machine's own files: the programs, and the libraries that they and .NET want.
        @'
set -e
mkdir -p "$1/bin" "$1/etc/ssl" "$1/tmp" "$1/usr/bin" "$1/var/lib" && cd "$1" && chmod 1777 tmp
cp /bin/busybox bin/ && for a in sh ls cat id mkdir sleep rm env chmod; do ln -s busybox bin/$a; done
for f in "$2"/pg_dump "$2"/pg_restore "$2"/psql /usr/bin/zstd /usr/bin/age /usr/bin/redis-cli /usr/bin/tini; do cp -L $f usr/bin/; done
for f in usr/bin/* "$3"/pwsh "$4"/*.so /usr/lib/*/libicui18n.so.?? /usr/lib/*/libicuuc.so.?? /usr/lib/*/libicudata.so.?? /usr/lib/*/libssl.so.3 /usr/lib/*/libzstd.so.1 /usr/lib/*/libgssapi_krb5.so.2; do
    echo $f; ldd $f 2>/dev/null || true
done | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r l; do mkdir -p .$(dirname $l); cp -L $l .$l; done
printf 'root:x:0:0:root:/:/bin/sh\n' > etc/passwd; printf 'root:x:0:\n' > etc/group
'@ | Set-Content "$folder/base.sh"
        $binaries = (Get-ChildItem /usr/lib/postgresql/*/bin -Directory | Sort-Object { [int]$_.Parent.Name } | Select-Object -Last 1).FullName
        & sh "$folder/base.sh" "$folder/base" $binaries $PSHOME (Split-Path ([object].Assembly.Location))
        $LASTEXITCODE | Should -Be 0
        & tar -C "$folder/base" -cf "$folder/base.tar" .
        & docker import --change 'ENV PATH=/usr/bin:/bin' "$folder/base.tar" ops-base | Out-Null
        $LASTEXITCODE | Should -Be 0
        Remove-Item -Recurse -Force "$folder/base", "$folder/base.tar"
        & "$root/build/image.ps1" -Base ops-base -Tag ops-image *> "$folder/build.log"
        $script:ready = $?
    }

    AfterAll {
        & docker ps -aq | ForEach-Object { & docker rm -f $_ } | Out-Null
        if (-not $engine.HasExited) { & kill $engine.Id; $engine.WaitForExit() }
        & "$root/build/docker-engine.sh" remove $folder
        $env:DOCKER_HOST = $env:DOCKER_BUILDKIT = $null
        # The engine leaves the network of the machine mounted there.
        if (Test-Path "$folder/exec/netns/default") { & umount -l "$folder/exec/netns/default" }
        & rm -rf $folder
    }

    It 'is built without a network on a base that has the programs' {
        $ready | Should -BeTrue -Because (Get-Content -Raw "$folder/build.log")
    }

    It 'has the module, its native code and its programs' {
        $said = @(& docker run --rm --network none ops-image -Command '(Get-OpsAttackRule log4*).Count -gt 0; (Get-Command Get-OpsBackup).DLL; foreach ($p in "pg_dump", "psql", "redis-cli", "zstd", "age") { (Get-Command $p).Source }' 2>&1 | ForEach-Object { "$_" })
        $said[0] | Should -Be 'True' -Because ($said -join "`n")
        $said[1] | Should -BeLike '*/OpsModule/native/linux-*/OpsModule.dll'
        $said.Count | Should -Be 7
    }

    It 'cancels what runs when it is stopped, cleans up, and ends with 143' {
        . "$root/build/Throwaway.ps1"
        $servers = Start-Throwaway image 'postgres:fsync=off'
        try {
            psql -X -q -d postgres -c 'CREATE TABLE held (i int)'
            # The dump waits for the table.
            $holder = Start-Process psql -PassThru -RedirectStandardOutput "$folder/holder" -ArgumentList '-X', '-q', '-d', 'postgres', '-c', '"BEGIN; LOCK TABLE held; SELECT pg_sleep(600)"'
            Wait-Until { (psql -X -At -d postgres -c "SELECT count(*) FROM pg_locks WHERE relation = 'held'::regclass") -eq 1 }
            $shop = (New-Item -ItemType Directory "$folder/shop", "$folder/shop/store" | Select-Object -First 1).FullName
            @"
environment: shop
databases: { main: { host: "$env:PGHOST", port: $env:PGPORT, name: postgres, user: $env:PGUSER } }
backups: { stores: { local: { path: store } } }
"@ | Set-Content "$shop/ops.yaml"
            $id = & docker run -d --network none -v "${shop}:/work" -v "${env:PGHOST}:$env:PGHOST" ops-image -Command 'Backup-OpsDatabase; Set-Content next x'
            Wait-Until { (psql -X -At -d postgres -c 'SELECT count(*) FROM pg_locks WHERE NOT granted') -gt 0 } $id
            & docker stop -t 60 $id | Out-Null
            & docker inspect -f '{{.State.ExitCode}}' $id | Should -Be 143 -Because (& docker logs $id 2>&1 | Out-String)
            "$shop/next" | Should -Not -Exist
            Get-ChildItem -File -Recurse -Force "$shop/store" | Should -BeNullOrEmpty
            Get-Content -Raw "$shop/.ops/journal.jsonl" | Should -Match 'ancelled'
        }
        finally {
            if ($holder -and -not $holder.HasExited) { $holder.Kill() }
            Stop-Throwaway $servers
        }
    }

    It 'ends at once when it is stopped while nothing of the module runs' {
        New-Item -ItemType Directory "$folder/idle" | Out-Null
        $id = & docker run -d --network none -v "$folder/idle:/work" ops-image -Command 'Set-Content begun x; Start-Sleep 600'
        Wait-Until { Test-Path "$folder/idle/begun" } $id
        # Whoever does not hear SIGTERM is killed at the end of this: 137.
        & docker stop -t 30 $id | Out-Null
        & docker inspect -f '{{.State.ExitCode}}' $id | Should -Be 143 -Because (& docker logs $id 2>&1 | Out-String)
    }
}
