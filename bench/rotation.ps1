#!/usr/bin/env pwsh

<#
.SYNOPSIS
Rotates passwords of a real PostgreSQL and of two real Redis, again and again, while clients log in anew all the time: two logins that take turns, one login, a user
with two passwords, and the password of a server. Tells how many logins were refused where old and new overlap, how long where they do not, and what a rotation takes.
.DESCRIPTION
Each client reads the env file before each login, so that it has the new value as soon as that is written; nothing is replaced. What is timed is so the
rotation's own work; services that have to be made anew take their time besides.
.PARAMETER Runs
Rotations of each kind.
.PARAMETER Clients
Clients that log in, of each kind.
.PARAMETER Pause
Milliseconds between two logins of a client: without any the clients take all of the machine.
.PARAMETER Output
Where rotation.md and rotation.csv are written.
.PARAMETER Json
Ends with one line of JSON.
#>
param([int] $Runs = 10, [int] $Clients = 4, [int] $Pause = 20, [string] $Output = "$PSScriptRoot/../out/bench", [switch] $Json)

. "$PSScriptRoot/Measure.ps1"
Assert-Program @{ psql = 'postgresql-client-15'; 'redis-server' = 'redis-server' }

# The clients of the tests, compiled here, with the driver that the module brings.
$load = "$root/tests/OpsModule.Engine.Tests/Secrets/Load"
$deps = "$root/out/OpsModule/deps"
$usings = (New-TemporaryFile).FullName + '.cs'
'', '.Collections.Generic', '.IO', '.Linq', '.Threading', '.Threading.Tasks' | ForEach-Object { "global using global::System$_;" } | Set-Content $usings
$null = Get-ChildItem $deps -Filter *.dll | Where-Object Name -Match '^(Npgsql|Microsoft\.Extensions\.(Logging|DependencyInjection)\.Abstractions)\.dll$' | ForEach-Object { [Reflection.Assembly]::LoadFrom($_.FullName) }
Add-Type -Path (@('Credential', 'ClientLoad', 'PostgresClient', 'RedisClient' | ForEach-Object { "$load/$_.cs" }) + $usings) -CompilerOptions '-nullable:enable' -ReferencedAssemblies (@((Get-ChildItem "$PSHOME/ref/*.dll").FullName) + "$deps/Npgsql.dll") -IgnoreWarnings -WarningAction SilentlyContinue
Remove-Item $usings, ($usings -replace '\.cs$')

$servers = Start-Throwaway rotation 'postgres', 'accounts' "$PSScriptRoot/servers.sh"
try {
    # Not where the servers keep theirs: what stands there in clear would be found, and nothing rotated.
    $null = New-Item -ItemType Directory "$($servers.Folder)/shop"
    Set-Location "$($servers.Folder)/shop"
    @"
CREATE ROLE admin SUPERUSER LOGIN PASSWORD 'admin-of-the-bench';
CREATE ROLE own NOLOGIN; CREATE ROLE app_a LOGIN PASSWORD 'first-of-turns' IN ROLE own; CREATE ROLE app_b LOGIN IN ROLE own;
ALTER ROLE app_a IN DATABASE postgres SET role = own; ALTER ROLE app_b IN DATABASE postgres SET role = own;
CREATE ROLE lone LOGIN PASSWORD 'first-of-login';
"@ | psql -X -q -v ON_ERROR_STOP=1 -d postgres
    if ($LASTEXITCODE) { throw 'The roles could not be made.' }
    $file = "$($servers.Folder)/shop/{0}.env"
    $url = 'in: "postgres://{login}:{value}@db/postgres"'
    @"
environment: bench
databases: { main: { host: 127.0.0.1, port: $env:PGPORT, name: postgres, user: admin, password: admin-of-the-bench } }
caches:
  users: { host: 127.0.0.1, port: $env:USERS_PORT, user: admin, password: admin-of-the-bench }
  password: { host: 127.0.0.1, port: $env:PASSWORD_PORT, user: default, password: "file:server.env#VALUE" }
secrets:
  turns: { postgres: { database: main, logins: [ app_a, app_b ], owner: own }, uses: [ { file: turns.env, key: VALUE, $url } ] }
  login: { postgres: { database: main, logins: [ lone ] }, uses: [ { file: login.env, key: VALUE, $url } ] }
  user: { redis: { cache: users, user: app }, uses: [ { file: user.env, key: VALUE } ] }
  server: { redis: { cache: password }, uses: [ { file: server.env, key: VALUE } ] }
"@ | Set-Content ops.yaml
    'VALUE=postgres://app_a:first-of-turns@db/postgres' | Set-Content turns.env
    'VALUE=postgres://lone:first-of-login@db/postgres' | Set-Content login.env
    'VALUE=first-of-user' | Set-Content user.env
    'VALUE=first-of-server' | Set-Content server.env
    $postgres = [OpsModule.Engine.Tests.Secrets.Load.PostgresClient]::At('127.0.0.1', $env:PGPORT, 'postgres')
    $kinds = [ordered]@{
        turns = @{ Words = 'PostgreSQL, two logins in turns'; Overlaps = $true; LogIn = $postgres }
        user = @{ Words = 'Redis, a user with two passwords'; Overlaps = $true; LogIn = [OpsModule.Engine.Tests.Secrets.Load.RedisClient]::At('app', @([int]$env:USERS_PORT)) }
        login = @{ Words = 'PostgreSQL, one login'; Overlaps = $false; LogIn = $postgres }
        server = @{ Words = 'Redis, requirepass'; Overlaps = $false; LogIn = [OpsModule.Engine.Tests.Secrets.Load.RedisClient]::At('default', @([int]$env:PASSWORD_PORT)) }
    }
    foreach ($kind in $kinds.Values) { $kind.Refused = 0; $kind.Logins = 0; $kind.Gaps = [Collections.Generic.List[double]]::new(); $kind.Changes = [Collections.Generic.List[double]]::new() }
    Write-Host "$Runs rotations of each kind, with $Clients clients"
    for ($run = 0; $run -lt $Runs; $run++) {
        foreach ($name in $kinds.Keys) {
            $kind = $kinds[$name]
            $clientLoad = [OpsModule.Engine.Tests.Secrets.Load.ClientLoad]::new($Clients, [OpsModule.Engine.Tests.Secrets.Load.Credential]::In($file -f $name), $kind.LogIn, $true, $Pause)
            try {
                $null = $clientLoad.GoOnAsync().GetAwaiter().GetResult()
                if ($clientLoad.Refused.Count) { throw "Before anything was rotated, logins of $name were refused: $($clientLoad.Refused[0])." }
                Measure-Case $name { Invoke-Ours "Invoke-OpsSecretRotation $name -Confirm:`$false -WarningAction SilentlyContinue | Assert-OpsResult | ForEach-Object { [IO.File]::WriteAllText('$($servers.Folder)/change', `$_.Seconds.ToString([cultureinfo]::InvariantCulture)); `$_ }" }
                $kind.Changes.Add([double]::Parse([IO.File]::ReadAllText("$($servers.Folder)/change"), [cultureinfo]::InvariantCulture))
                $refused = $clientLoad.Refused.Count
                $null = $clientLoad.GoOnAsync().GetAwaiter().GetResult()
                if ($clientLoad.Refused.Count -ne $refused) { throw "After $name was rotated, logins were refused: $($clientLoad.Refused[-1])." }
            }
            finally { $null = $clientLoad.StopAsync().GetAwaiter().GetResult() }
            $kind.Refused += $refused
            $kind.Logins += $clientLoad.Logins
            $kind.Gaps.Add($clientLoad.GapSince(0))
        }
    }

    $invariant = [cultureinfo]::InvariantCulture
    $rows = foreach ($name in $kinds.Keys) {
        $kind = $kinds[$name]
        $gap = $kind.Overlaps ? 'none' : [string]::Format($invariant, '{0:n3}-{1:n3} s', ($kind.Gaps | Measure-Object -Minimum).Minimum, ($kind.Gaps | Measure-Object -Maximum).Maximum)
        $changes = $kind.Changes | Sort-Object
        $figures["$name.changeSeconds"] = @($changes)[[Math]::Floor($kind.Changes.Count / 2)]
        "| $($kind.Words) | $(Format-Time $name Inner) | $([string]::Format($invariant, '{0:n2} s', $figures["$name.changeSeconds"])) | $($kind.Logins) | $($kind.Refused) | $gap |"
        $figures["$name.refused"] = $kind.Refused
        $figures["$name.logins"] = $kind.Logins
    }
    $figures.authenticationFailures = [int]($kinds.Values | Where-Object Overlaps | ForEach-Object Refused | Measure-Object -Sum).Sum
    $figures.gapSeconds = [Math]::Round(($kinds.Values | Where-Object { -not $_.Overlaps } | ForEach-Object Gaps | Measure-Object -Maximum).Maximum, 3)
    $figures.ownSeconds = [Math]::Round(($kinds.Keys | ForEach-Object { Get-Median $_ Inner } | Measure-Object -Maximum).Maximum, 3)
    Complete-Bench rotation -Output $Output -Json:$Json -Lines @(
        "$(Get-Machine) $Runs rotations of each kind, $Clients clients that log in anew all the time. The own work is that of the cmdlet, after start and import, medians (lowest-highest)."
        ''
        '| kind | own work | of that from the first line of the journal to the last | logins | refused | gap |'
        '|---|---|---|---|---|---|'
        $rows
        ''
        "Refused where old and new overlap: $($figures.authenticationFailures) (wanted 0). Own work at most $([string]::Format($invariant, '{0:n2} s', $figures.ownSeconds)) (wanted less than 3 s)."
    )
}
finally {
    Set-Location $root
    Stop-Throwaway $servers
}
