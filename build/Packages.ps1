# What a verb needs of Debian, and how it comes here. Dot-sourced by build.ps1.

# Package, then a file (wildcards) or command that proves that it is there already, whoever installed it.
$Packages = @{
    postgres = @{ 'postgresql-15' = '/usr/lib/postgresql/*/bin/initdb'; 'postgresql-client-15' = '/usr/lib/postgresql/*/bin/pg_dump' }
    redis    = @{ 'redis-server' = 'redis-server' }
    zstd     = @{ zstd = 'zstd' }
    docker   = @{ 'docker.io' = 'dockerd'; iproute2 = 'ip'; 'busybox-static' = 'busybox'; tini = 'tini' }
    # OpenStack Swift speaks S3 too: it is the S3 server that Debian itself brings.
    s3       = @{
        'swift-proxy' = 'swift-proxy-server'; 'swift-account' = 'swift-account-server'; 'swift-container' = 'swift-container-server'
        'swift-object' = 'swift-object-server'; 'python3-swift' = '/usr/lib/python3/dist-packages/swift/__init__.py'; memcached = 'memcached'
    }
    web      = @{ 'nginx-light' = 'nginx'; certbot = 'certbot'; pebble = 'pebble'; haproxy = 'haproxy'; caddy = 'caddy'; nftables = 'nft'; chromium = 'chromium' }
    platform = @{ 'docker-compose' = 'docker-compose'; podman = 'podman'; 'kubernetes-client' = 'kubectl'; systemd = '/usr/lib/systemd/systemd'; cron = 'crontab' }
    watching = @{ prometheus = 'prometheus'; 'prometheus-alertmanager' = 'prometheus-alertmanager' }
    age      = @{ age = 'age' }
    # Tests run in German and Turkish, too.
    cultures = @{ libicu72 = '/usr/lib/*/libicuuc.so.*' }
    # Rotations of passwords: an audit, and a pooler with a list of users.
    logins   = @{ 'postgresql-15-pgaudit' = '/usr/share/postgresql/15/extension/pgaudit.control'; pgbouncer = 'pgbouncer' }
    # PostgreSQL's own regression tests are compiled.
    compiler = @{ 'postgresql-contrib' = '/usr/share/postgresql/15/extension/hstore.control'; gcc = 'cc'; 'libc6-dev' = '/usr/include/stdio.h'; bzip2 = 'bzip2' }
    peers    = @{ 'nginx-light' = 'nginx'; curl = 'curl'; openssl = 'openssl'; ripgrep = 'rg'; mawk = 'mawk' }
}
$Needs = @{
    quickstart = 'postgres', 'redis', 'zstd'
    test       = 'postgres', 'redis', 'zstd', 'docker', 's3', 'web', 'platform', 'watching', 'age', 'cultures', 'compiler', 'logins'
    bench      = 'postgres', 'redis', 'zstd', 'docker', 's3', 'peers'
}
$Needs.prove = $Needs.test

function Test-Provided([string] $Probe) {
    if ($Probe.StartsWith('/')) { return [bool](Get-Item -Path $Probe -ErrorAction Ignore) }
    [bool](Get-Command $Probe -CommandType Application -ErrorAction Ignore) -or (Test-Path "/usr/sbin/$Probe")
}

function Get-MissingPackage([string] $Verb) {
    $missing = foreach ($group in $Needs[$Verb]) {
        foreach ($package in $Packages[$group].GetEnumerator()) { if (-not (Test-Provided $package.Value)) { $package.Key } }
    }
    @($missing | Sort-Object -Unique)
}

function Install-Missing([string] $Verb, [switch] $NoInstall) {
    if (-not $IsLinux) { return }
    $missing = Get-MissingPackage $Verb
    if (-not $missing) { return }
    if ($NoInstall) { Write-Host "Missing for '$Verb' (not installed because of --no-install): $missing"; return }

    $asRoot = @()
    if ((id -u) -ne '0') {
        if (Get-Command sudo -CommandType Application -ErrorAction Ignore) { $null = sudo -n true 2>&1 } else { $global:LASTEXITCODE = 1 }
        # Root's PowerShell needs the same .NET.
        $asRoot = $LASTEXITCODE ? $null : @('sudo', '-n', 'env', "DOTNET_ROOT=$($env:DOTNET_ROOT ?? (Get-DotnetRoot))")
    }
    if ($null -eq $asRoot -or -not (Get-Command apt-get -CommandType Application -ErrorAction Ignore)) {
        Write-Host "Missing for '$Verb', and neither root nor sudo with apt can install them here: $missing"
        return
    }
    Write-Host "Installing for '$Verb' with apt: $missing"
    $command = @($asRoot; $env:OPS_PWSH; '-NoProfile'; '-File'; 'build/Install-Packages.ps1'; $missing)
    & $command[0] @($command | Select-Object -Skip 1) | Out-Host
    if ($LASTEXITCODE -in 130, 143) { exit $LASTEXITCODE }
    if ($LASTEXITCODE) { Write-Host 'Not everything could be installed; going on with what is there.' }
}

function Get-DotnetRoot {
    $program = Get-Item (Get-Command dotnet -CommandType Application | Select-Object -First 1).Source
    Split-Path ($program.ResolveLinkTarget($true)?.FullName ?? $program.FullName)
}
