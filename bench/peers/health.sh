#!/usr/bin/env bash
# What people ask for the health of the sample shop in a shell, for bench/health.ps1: docker, psql, redis-cli, curl, openssl, df. Judges nothing.
#   health.sh calls      a call for each figure, as operating handbooks write it
#   health.sh servers    a call for each server, as somebody writes it who counts the milliseconds
#   health.sh no-cpu     the same, without how busy the processors are
# CA is the authority's file; it runs in the folder of ops.yaml.
set -euo pipefail

# As operating handbooks write it: a call for each figure.
script_of_calls() {
    local id
    docker ps -a --filter label=com.docker.compose.project=shop
    for id in $(docker ps -aq --filter label=com.docker.compose.project=shop); do
        docker inspect --format '{{.Name}} {{.State.Status}} {{.State.OOMKilled}} {{.RestartCount}}' "$id"
        docker inspect --format '{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}}' "$id"
    done
    psql -Atc 'SELECT version()'
    psql -Atc "$sql_connections"
    psql -Atc "$sql_transaction"
    psql -Atc "$sql_blocked"
    psql -Atc "$sql_lag"
    psql -Atc "$sql_size"
    psql -Atc "$sql_age"
    redis-cli -p "$REDIS_PORT" PING
    redis-cli -p "$REDIS_PORT" INFO memory
    redis-cli -p "$REDIS_PORT" INFO stats
    redis-cli -p "$REDIS_PORT" INFO persistence
    redis-cli -p "$REDIS_PORT" INFO replication
    others
    cpu
}

# One call for each server, as somebody writes it who counts the milliseconds.
script_of_servers() {
    servers
    cpu
}
servers() {
    docker ps -aq --filter label=com.docker.compose.project=shop |
        xargs docker inspect --format '{{.Name}} {{.State.Status}} {{.State.OOMKilled}} {{.RestartCount}} {{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}}'
    psql -At -c 'SELECT version()' -c "$sql_connections" -c "$sql_transaction" -c "$sql_blocked" -c "$sql_lag" -c "$sql_size" -c "$sql_age"
    redis-cli -p "$REDIS_PORT" INFO
    others
}

# What takes one call in either way of writing.
others() {
    curl -sS --fail --cacert "$CA" "https://localhost:$HTTPS_PORT/health"
    openssl s_client -connect "localhost:$HTTPS_PORT" -CAfile "$CA" -verify_hostname localhost -verify_return_error </dev/null | openssl x509 -noout -enddate -checkend 1209600
    df -P
    df -iP
    machine
    stored
}

sql_connections="SELECT count(*), current_setting('max_connections') FROM pg_stat_activity WHERE datid IS NOT NULL"
sql_transaction="SELECT pid, clock_timestamp() - xact_start FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1"
sql_blocked='SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted'
sql_lag='SELECT max(replay_lag) FROM pg_stat_replication'
sql_size='SELECT pg_database_size(current_database())'
sql_age='SELECT max(age(datfrozenxid)) FROM pg_database'
machine() { grep -E '^Mem(Total|Available)' /proc/meminfo && cat /proc/loadavg; }
stored() { find backups -name '*.json' -printf '%T@ %p\n' | sort -g | tail -n 1 && sha256sum .ops/*.jsonl; }
cpu() { # over the same time as ours
    head -n 1 /proc/stat && sleep 0.2 && head -n 1 /proc/stat
}

case $1 in
    calls) script_of_calls ;;
    servers) script_of_servers ;;
    no-cpu) servers ;;
    *) sed -n '2,6s/^# //p' "$0"; exit 2 ;;
esac
