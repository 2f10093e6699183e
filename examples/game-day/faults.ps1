# What game-day.ps1 breaks, one after another, and what health has to say of it: the check, of what, in words like these, with a remedy
# like this. Break and Mend end when what they do has come into effect. Also names other findings that belong to the fault.

$PrimaryLog = 'pg_stat_replication'

@(
    @{
        Name = 'The database server is gone'; Check = 'database.connect'; Target = 'main'; Says = 'nothing listens there'; Remedy = 'server runs'
        Break = { Stop-LabPostgres primary }
        Mend = { Start-LabPrimary; Wait-Lab 'the standby follows' { '1' -eq (Invoke-LabSql "SELECT count(*) FROM $PrimaryLog WHERE state = 'streaming'") } }
        Also = 'database.lag of standby'
    }
    @{
        Name = 'The standby receives nothing'; Check = 'database.lag'; Target = 'standby'; Says = 'receives nothing from its primary'; Remedy = 'primary_conninfo'
        Break = {
            $script:Conninfo = Invoke-LabSql 'SHOW primary_conninfo' $Lab.Standby
            $null = Invoke-LabSql "ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=$(Get-LabPort) user=postgres'" $Lab.Standby
            $null = Invoke-LabSql 'SELECT pg_reload_conf()' $Lab.Standby
            Wait-Lab 'the standby is cut off' { '0' -eq (Invoke-LabSql "SELECT count(*) FROM $PrimaryLog") }
        }
        Mend = {
            $null = Invoke-LabSql "ALTER SYSTEM SET primary_conninfo = '$($Conninfo.Replace("'", "''"))'" $Lab.Standby
            $null = Invoke-LabSql 'SELECT pg_reload_conf()' $Lab.Standby
            Wait-Lab 'the standby follows' { '1' -eq (Invoke-LabSql "SELECT count(*) FROM $PrimaryLog WHERE state = 'streaming'") }
        }
        Also = 'database.lag of main'
    }
    @{
        Name = 'A replica was lost'; Check = 'database.lag'; Target = 'main'; Says = '0 of 1 replicas are connected'; Remedy = 'databases\.main\.replicas'
        Break = { Stop-LabPostgres standby; Wait-Lab 'the primary has noticed' { '0' -eq (Invoke-LabSql "SELECT count(*) FROM $PrimaryLog") } }
        Mend = { Start-LabStandby }
        Also = 'database.connect of standby'
    }
    @{
        Name = 'Replay is paused on the standby'; Check = 'database.lag'; Target = 'standby'; Says = 'Replay is paused'; Remedy = 'pg_wal_replay_resume'
        Break = { $null = Invoke-LabSql 'SELECT pg_wal_replay_pause()' $Lab.Standby }
        Mend = { $null = Invoke-LabSql 'SELECT pg_wal_replay_resume()' $Lab.Standby }
    }
    @{
        Name = 'Nobody reads from a replication slot'; Check = 'database.lag'; Target = 'main'; Says = 'Nobody reads from the replication slot forgotten'; Remedy = 'pg_drop_replication_slot'
        Break = { $null = Invoke-LabSql "SELECT pg_create_physical_replication_slot('forgotten', true)" }
        Mend = { $null = Invoke-LabSql "SELECT pg_drop_replication_slot('forgotten')" }
    }
    @{
        Name = 'Every commit waits for a replica that is not there'; Check = 'database.lag'; Target = 'main'; Says = 'Every commit waits'; Remedy = 'synchronous_standby_names'
        Break = {
            $null = Invoke-LabSql "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
            $null = Invoke-LabSql 'SELECT pg_reload_conf()'
            Wait-Lab 'the setting holds' { 'nobody' -eq (Invoke-LabSql 'SHOW synchronous_standby_names') }
        }
        Mend = {
            $null = Invoke-LabSql 'ALTER SYSTEM RESET synchronous_standby_names'
            $null = Invoke-LabSql 'SELECT pg_reload_conf()'
            Wait-Lab 'the setting holds' { -not (Invoke-LabSql 'SHOW synchronous_standby_names') }
        }
    }
    @{
        Name = 'The server refuses every write'; Check = 'database.connect'; Target = 'main'; Says = 'refuses every write: default_transaction_read_only'; Remedy = 'default_transaction_read_only'
        Break = {
            $null = Invoke-LabSql 'ALTER SYSTEM SET default_transaction_read_only = on'
            $null = Invoke-LabSql 'SELECT pg_reload_conf()'
            Wait-Lab 'the setting holds' { 'on' -eq (Invoke-LabSql 'SHOW default_transaction_read_only') }
        }
        Mend = {
            $null = Invoke-LabSql -Writing 'ALTER SYSTEM RESET default_transaction_read_only'
            $null = Invoke-LabSql 'SELECT pg_reload_conf()'
            Wait-Lab 'the setting holds' { 'off' -eq (Invoke-LabSql 'SHOW default_transaction_read_only') }
        }
    }
    @{
        Name = 'The database alone is read-only'; Check = 'database.connect'; Target = 'main'; Says = 'for this database'; Remedy = 'ALTER DATABASE "shop" RESET'
        Break = { $null = Invoke-LabSql 'ALTER DATABASE shop SET default_transaction_read_only = on' }
        Mend = { $null = Invoke-LabSql -Writing 'ALTER DATABASE shop RESET default_transaction_read_only' }
    }
    @{
        Name = 'The entry of the primary points to a standby'; Check = 'database.connect'; Target = 'main'; Says = 'It was the primary.*is a standby now'; Remedy = 'databases\.main.*primary'
        Break = { Set-LabFile -Main $Lab.Standby }
        Mend = { Set-LabFile }
    }
    @{
        Name = 'All connections are taken'; Check = 'database.connect'; Target = 'main'; Says = 'connection slots are reserved|too many clients'; Remedy = 'End sessions that idle.*max_connections'
        Break = {
            1..16 | ForEach-Object { Start-LabSession 'SELECT 1' }
            # Whoever looks takes a place for a moment.
            Wait-Lab 'all places are taken' {
                $taken = [int](Invoke-LabSql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'")
                if ($taken -eq 16) { Start-LabSession 'SELECT 1' }
                $taken -ge 17
            }
        }
        Mend = { Stop-LabSession }
    }
    @{
        Name = 'A session holds a lock that another one waits for, and a third behind that'; Check = 'database.blocked'; Target = 'main'; Says = '2 sessions.*held by \d+ \(.*\)\.'; Remedy = '^Find out what \d+ does; pg_terminate_backend\(\d+\) ends it\.$'
        Break = {
            Start-LabSession 'BEGIN; LOCK TABLE orders IN ROW EXCLUSIVE MODE'
            Wait-Lab 'the lock is held' { '1' -eq (Invoke-LabSql "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'orders' AND granted") }
            Start-LabSession 'BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE'
            Wait-Lab 'one waits' { '1' -eq (Invoke-LabSql 'SELECT count(*) FROM pg_locks WHERE NOT granted') }
            Start-LabSession 'BEGIN; LOCK TABLE orders IN ROW SHARE MODE'
            Wait-Lab 'another waits behind it' { '2' -eq (Invoke-LabSql 'SELECT count(*) FROM pg_locks WHERE NOT granted') }
        }
        Mend = { Stop-LabSession }
        Also = 'orders of main'
    }
    @{
        Name = 'A transaction was left open'; Check = 'database.transaction'; Target = 'main'; Says = 'warning from 1s.*session \d+'; Remedy = 'pg_terminate_backend\(\d+\)'
        Break = {
            Set-LabFile -Transaction 1s
            Start-LabSession 'BEGIN; SELECT 1'
            Wait-Lab 'it is old' { '1' -eq (Invoke-LabSql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND now() - xact_start > '1.5 s'") }
        }
        Mend = { Stop-LabSession; Set-LabFile }
    }
    @{
        Name = 'A prepared transaction was forgotten'; Check = 'database.transaction'; Target = 'main'; Says = "the prepared transaction 'lost'"; Remedy = "ROLLBACK PREPARED 'lost'"
        Break = {
            Set-LabFile -Transaction 1s
            $null = Invoke-LabSql "BEGIN; UPDATE orders SET id = id WHERE id = 1; PREPARE TRANSACTION 'lost'"
            Wait-Lab 'it is old' { '1' -eq (Invoke-LabSql "SELECT count(*) FROM pg_prepared_xacts WHERE now() - prepared > '1.5 s'") }
        }
        Mend = { $null = Invoke-LabSql "ROLLBACK PREPARED 'lost'"; Set-LabFile }
    }
    @{
        Name = 'WAL is not archived'; Check = 'database.archive'; Target = 'main'; Says = 'WAL is not archived'; Remedy = 'archive_command'
        Break = {
            $null = Invoke-LabSql "ALTER SYSTEM SET archive_command = '/bin/false'"
            $null = Invoke-LabSql 'SELECT pg_reload_conf()'
            Wait-Lab 'the archive fails' { $null = Invoke-LabSql 'SELECT pg_switch_wal(), txid_current()'; 't' -eq (Invoke-LabSql 'SELECT coalesce(last_failed_time > last_archived_time, last_failed_time IS NOT NULL) FROM pg_stat_archiver') }
        }
        Mend = {
            $null = Invoke-LabSql 'ALTER SYSTEM RESET archive_command'
            $null = Invoke-LabSql 'SELECT pg_reload_conf()'
            Wait-Lab 'the archive goes on' { $null = Invoke-LabSql 'SELECT pg_switch_wal(), txid_current()'; 't' -eq (Invoke-LabSql 'SELECT last_archived_time > last_failed_time FROM pg_stat_archiver') }
        }
    }
    @{
        Name = 'WAL has no archive to go to'; Check = 'database.archive'; Target = 'main'; Says = 'there is no archive_command'; Remedy = 'archive_command'
        Break = {
            $null = Invoke-LabSql "ALTER SYSTEM SET archive_command = ''"
            $null = Invoke-LabSql 'SELECT pg_reload_conf()'
            Wait-Lab 'the setting holds' { -not (Invoke-LabSql 'SHOW archive_command') }
        }
        Mend = {
            $null = Invoke-LabSql 'ALTER SYSTEM RESET archive_command'
            $null = Invoke-LabSql 'SELECT pg_reload_conf()'
            Wait-Lab 'the setting holds' { Invoke-LabSql 'SHOW archive_command' }
        }
    }
    @{
        Name = 'Rows are gone'; Check = 'orders'; Target = 'main'; Says = '40 \(warning down to 90, critical down to 50\)|40.*warning'; Remedy = '.'
        Break = { $null = Invoke-LabSql 'DELETE FROM orders WHERE id > 40' }
        Mend = { $null = Invoke-LabSql 'INSERT INTO orders SELECT generate_series(41, 100)' }
    }
    @{
        Name = 'Redis refuses writes for want of replicas'; Check = 'cache.replication'; Target = 'main'; Says = 'NOREPLICAS'; Remedy = 'min-replicas-to-write'
        Break = { $null = Invoke-LabRedis $Lab.Redis CONFIG SET min-replicas-to-write 2 }
        Mend = { $null = Invoke-LabRedis $Lab.Redis CONFIG SET min-replicas-to-write 0 }
    }
    @{
        Name = 'A replica of Redis was lost'; Check = 'cache.replication'; Target = 'main'; Says = '0 of 1 replicas are online'; Remedy = 'caches\.main\.replicas'
        Break = { $null = Invoke-LabRedis $Lab.Replica SHUTDOWN NOSAVE; Wait-Lab 'the primary has noticed' { '0' -eq (Get-LabRedisInfo $Lab.Redis connected_slaves) } }
        Mend = { Start-LabRedis replica $Lab.Replica --replicaof "127.0.0.1 $($Lab.Redis)"; Wait-LabReplica }
        Also = 'cache.connect of replica'
    }
    @{
        Name = 'Redis cannot save its data'; Check = 'cache.persistence'; Target = 'main'; Says = 'last snapshot failed.*refuses every write'; Remedy = 'full disk'
        Break = {
            # A folder of that name is in the way of the file.
            Remove-Item -Force -ErrorAction Ignore "$($Lab.Folder)/redis/dump.rdb"
            $null = New-Item -ItemType Directory "$($Lab.Folder)/redis/dump.rdb"
            $null = Invoke-LabRedis $Lab.Redis SET a b
            Wait-Lab 'it has failed' { $null = Invoke-LabRedis $Lab.Redis BGSAVE; 'err' -eq (Get-LabRedisInfo $Lab.Redis rdb_last_bgsave_status) }
        }
        Mend = {
            Remove-Item -Recurse "$($Lab.Folder)/redis/dump.rdb"
            Wait-Lab 'it is saved' { $null = Invoke-LabRedis $Lab.Redis BGSAVE; 'ok' -eq (Get-LabRedisInfo $Lab.Redis rdb_last_bgsave_status) }
        }
    }
    @{
        Name = 'Redis has no memory left'; Check = 'cache.memory'; Target = 'main'; Says = 'refuses every write that needs memory \(OOM\)'; Remedy = 'maxmemory'
        Break = { $null = Invoke-LabRedis $Lab.Redis CONFIG SET maxmemory 500kb }
        Mend = { $null = Invoke-LabRedis $Lab.Redis CONFIG SET maxmemory 0 }
    }
    @{
        Name = 'The primary of Redis has become a replica'; Check = 'cache.replication'; Target = 'main'; Says = 'It was the primary.*is a replica now'; Remedy = 'caches\.main.*primary'
        Break = {
            $script:SecondRedis = Get-LabPort
            Start-LabRedis other $SecondRedis
            $null = Invoke-LabRedis $Lab.Redis REPLICAOF 127.0.0.1 $SecondRedis
            Wait-Lab 'it follows' { 'up' -eq (Get-LabRedisInfo $Lab.Redis master_link_status) }
        }
        Mend = { $null = Invoke-LabRedis $Lab.Redis REPLICAOF NO ONE; $null = Invoke-LabRedis $SecondRedis SHUTDOWN NOSAVE; Wait-LabReplica }
        Also = 'cache.replication of replica'
    }
    @{
        Name = 'Redis takes no more clients'; Check = 'cache.connect'; Target = 'main'; Says = 'max number of clients'; Remedy = 'maxclients'
        Break = { $null = Invoke-LabRedis $Lab.Redis CONFIG SET maxclients 1 }
        Mend = {
            # The one place there is was never ours, so that the setting cannot be taken back from outside.
            & kill (Get-Content "$($Lab.Folder)/redis.pid")
            Wait-Lab 'it has ended' { 'PONG' -ne (Invoke-LabRedis $Lab.Redis PING) -and -not (Test-Path "$($Lab.Folder)/redis.pid") }
            Start-LabRedis redis $Lab.Redis
            Wait-LabReplica
        }
    }
    @{
        Name = 'The web server is gone'; Check = 'service.http'; Target = 'web'; Says = 'nothing listens there'; Remedy = 'Start the service'
        Break = { & kill (Get-Content "$($Lab.Folder)/nginx.pid"); Wait-Lab 'nginx has ended' { -not (Test-Path "$($Lab.Folder)/nginx.pid") } }
        Mend = { Set-LabWeb }
        Follows = "certificate.valid of localhost:$($Lab.Web)", "failed of localhost:$($Lab.Web)"
    }
    @{
        Name = 'The web server answers 503'; Check = 'service.http'; Target = 'web'; Says = 'answers 503, not 200'; Remedy = 'log'
        Break = { Set-LabWeb -Answer 503 }
        Mend = { Set-LabWeb }
        Follows = , "failed of localhost:$($Lab.Web)"
    }
    @{
        Name = 'The web server says that it is not well'; Check = 'service.http'; Target = 'web'; Says = "status is 'broken'"; Remedy = 'log'
        Break = { Set-LabWeb -Answer '200 ''{"status":"broken"}''' ; Wait-Lab 'it says so' { 'broken' -eq (& curl -sk "https://127.0.0.1:$($Lab.Web)/" | ConvertFrom-Json).status } }
        Mend = { Set-LabWeb; Wait-Lab 'it is well' { 'ok' -eq (& curl -sk "https://127.0.0.1:$($Lab.Web)/" | ConvertFrom-Json).status } }
        Follows = , "failed of localhost:$($Lab.Web)"
    }
    @{
        Name = 'The certificate is about to expire'; Check = 'certificate.left'; Target = "localhost:$($Lab.Web)"; Says = 'critical down to 14d'; Remedy = 'Renew'
        Break = { New-LabCertificate soon 5; Set-LabWeb -Certificate soon }
        Mend = { Set-LabWeb }
    }
    @{
        Name = 'The certificate is one of its own'; Check = 'certificate.valid'; Target = "localhost:$($Lab.Web)"; Says = 'self-signed'; Remedy = '.'
        Break = { New-LabCertificate own 60 -SelfSigned; Set-LabWeb -Certificate own }
        Mend = { Set-LabWeb }
        Follows = 'service.http of web', "failed of localhost:$($Lab.Web)"
    }
    @{
        Name = 'The service that holds the sessions is down, and takes with it who needs it'; Check = 'service.state'; Target = 'sessions'; Says = 'ended with 137'; Remedy = 'Start-OpsService sessions'
        Break = { $null = & docker kill "$($Lab.Project)-sessions-1"; Wait-Lab 'it has ended' { 'exited' -eq (Get-LabService sessions .State.Status) } }
        Mend = { Remove-LabService sessions; Start-LabSessions }
        Follows = 'cache.connect of sessions', 'jobs of sessions'
    }
    @{
        Name = 'A service is held'; Check = 'service.state'; Target = 'api'; Says = 'paused'; Remedy = 'Start-OpsService api'
        Break = { $null = & docker pause "$($Lab.Project)-api-1" }
        Mend = { $null = & docker unpause "$($Lab.Project)-api-1"; Wait-Lab 'the api is well' { 'healthy' -eq (Get-LabService api .State.Health.Status) } }
    }
    @{
        Name = 'The health check of a service fails'; Check = 'service.state'; Target = 'api'; Says = 'the health check of .* fails'; Remedy = 'Restart-OpsService api'
        Break = { $null = & docker exec "$($Lab.Project)-api-1" rm /tmp/well; Wait-Lab 'the check fails' { 'unhealthy' -eq (Get-LabService api .State.Health.Status) } }
        Mend = { $null = & docker exec "$($Lab.Project)-api-1" touch /tmp/well; Wait-Lab 'the check passes' { 'healthy' -eq (Get-LabService api .State.Health.Status) } }
    }
    @{
        Name = 'A service ends, and is started again in a circle'; Check = 'service.state'; Target = 'api'; Says = 'circle'; Remedy = 'Get-OpsLog api'
        Break = {
            Remove-LabService api
            Start-LabService api 'exit 4' -Option '--restart', 'always', '--log-opt', 'max-size=1m'
            Wait-Lab 'it circles slowly enough to be seen' { 'restarting' -eq (Get-LabService api .State.Status) -and [int](Get-LabService api .RestartCount) -ge 6 }
        }
        Mend = { Remove-LabService api; Start-LabApi }
        Follows = , 'service.restarts of api'
    }
    @{
        Name = 'A service was ended for want of memory'; Check = 'service.state'; Target = 'api'; Says = 'want of memory'; Remedy = 'memory limit'
        Break = {
            Remove-LabService api
            Start-LabService api 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done' -Option '--memory', '24m', '--memory-swap', '24m', '--log-opt', 'max-size=1m'
            Wait-Lab 'it has ended' { 'exited' -eq (Get-LabService api .State.Status) }
        }
        Mend = { Remove-LabService api; Start-LabApi }
        Follows = , 'service.memory of api'
    }
    @{
        Name = 'A service cannot be started'; Check = 'service.state'; Target = 'api'; Says = 'ended with 127.*no such file|ended with 127'; Remedy = 'Start-OpsService api'
        Break = {
            Remove-LabService api
            $null = & docker run -d --name "$($Lab.Project)-api-1" --log-opt max-size=1m --label "com.docker.compose.project=$($Lab.Project)" --label com.docker.compose.service=api `
                --label com.docker.compose.oneoff=False game-day /no/such/program 2>&1
        }
        Mend = { Remove-LabService api; Start-LabApi }
    }
    @{
        Name = 'Two of three workers were lost'; Check = 'service.state'; Target = 'worker'; Says = '1 of 1 is ready, and the compose file wants 3|1 of 3 are ready; 2 are not there'; Remedy = 'Set-OpsService worker -Replicas 3'
        Break = { Remove-LabService worker 2; Remove-LabService worker 3 }
        Mend = { Start-LabService worker $Stay -Number 2; Start-LabService worker $Stay -Number 3 }
    }
    @{
        Name = 'Output is kept without a limit'; Check = 'service.logs'; Target = $Lab.Project; Says = 'without a limit.*: api, worker\.'; Remedy = 'max-size'
        Break = {
            Remove-LabService api
            Start-LabService api $Stay -Option @()
            Remove-LabService worker 3
            Start-LabService worker $Stay -Number 3 -Option @()
        }
        Mend = { Remove-LabService api; Start-LabApi; Remove-LabService worker 3; Start-LabService worker $Stay -Number 3 }
    }
)
