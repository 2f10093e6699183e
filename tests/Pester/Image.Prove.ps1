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

        # A base of this machine's own files: the programs, and the libraries that they and .NET want.
        @'
set -e
mkdir -p "$1/bin" "$1/etc/ssl" "$1/tmp" "$1/usr/bin" "$1/var/lib" && cd "$1" && chmod 1777 tmp
cp /bin/busybox bin/ && for a in sh ls cat id mkdir sleep rm env chmod; do ln -s busybox bin/$a; done
for f in "$2"/pg_dump "$2"/pg_restore "$2"/psql /usr/bin/zstd /usr/bin/age /usr/bin/redis-cli; do cp -L $f usr/bin/; done
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
}
