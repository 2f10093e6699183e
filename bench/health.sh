#!/usr/bin/env bash
# Times Test-OpsHealth beside a shell script that asks docker, psql, redis-cli, curl, openssl and df for the same figures, on a sample
# shop with a compose project (as root, with dockerd, busybox and nginx); and with 20 targets, five of which hang.
# bench/health.sh [--runs N] [--timeout SECONDS] [--output FOLDER]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
runs=15 timeout=3 output=$root/out/bench
while [ $# -gt 0 ]; do
    case $1 in
        --runs) runs=$2; shift ;;
        --timeout) timeout=$2; shift ;;
        --output) output=$2; shift ;;
        *) sed -n '2,4s/^# //p' "$0"; exit 2 ;;
    esac
    shift
done
# shellcheck source=build/throwaway.sh
. "$root/build/throwaway.sh"
. "$here/engine.sh"
. "$here/measure.sh"
. "$here/shop.sh"
ops=$root/out/ops/ops
[ -x "$ops" ] || { echo "Build first: ./build.sh build" >&2; exit 3; }
engine_can_run || { echo "This needs root, dockerd and busybox." >&2; exit 3; }
command -v nginx >/dev/null || { echo "nginx is not installed (Debian package nginx)." >&2; exit 3; }
unset OPS_ENVIRONMENT
throwaway_begin health
mkdir -p "$output"
results=$output/health.tsv
: >"$results"

start_shop
cd "$throwaway/shop"
"$ops" Backup-OpsDatabase main >/dev/null
"$ops" 'Get-OpsBackup -Latest | Test-OpsBackup' >/dev/null

# Ends with 1 where a figure of this machine is bad, which is no failure here.
whole_check() { "$ops" Test-OpsHealth || [ $? = 1 ]; }
whole_check_without_cpu() { "$ops" 'Test-OpsHealth service, certificate, database, cache, backup, journal, disk, memory, load' || [ $? = 1 ]; }
start() { "$ops" Get-OpsEnvironment; }

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
    curl -sS --fail --cacert "$throwaway/ca.pem" "https://localhost:$HTTPS_PORT/health"
    openssl s_client -connect "localhost:$HTTPS_PORT" -CAfile "$throwaway/ca.pem" -verify_hostname localhost -verify_return_error </dev/null | openssl x509 -noout -enddate -checkend 1209600
    df -P
    df -iP
    machine
    stored
    cpu
}

# One call for each server, as somebody writes it who counts the milliseconds.
script_of_servers() {
    servers
    cpu
}
script_of_servers_without_cpu() { servers; }

servers() {
    docker ps -aq --filter label=com.docker.compose.project=shop |
        xargs docker inspect --format '{{.Name}} {{.State.Status}} {{.State.OOMKilled}} {{.RestartCount}} {{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}}'
    psql -At -c 'SELECT version()' -c "$sql_connections" -c "$sql_transaction" -c "$sql_blocked" -c "$sql_lag" -c "$sql_size" -c "$sql_age"
    redis-cli -p "$REDIS_PORT" INFO
    curl -sS --fail --cacert "$throwaway/ca.pem" "https://localhost:$HTTPS_PORT/health"
    openssl s_client -connect "localhost:$HTTPS_PORT" -CAfile "$throwaway/ca.pem" -verify_hostname localhost -verify_return_error </dev/null | openssl x509 -noout -enddate -checkend 1209600
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

hanging() { "$ops" Test-OpsHealth service, database, cache, certificate.valid, checks -Timeout "$timeout" -Environment "$throwaway/hang" || [ $? = 1 ]; }

echo "The whole check, $runs runs"
for case in whole_check script_of_calls script_of_servers; do measure "$case" >/dev/null; done # once for the caches
cp "$throwaway/case.out" "$output/health-script.out"
: >"$results"
for ((run = 1; run <= runs; run++)); do
    for case in whole_check script_of_calls script_of_servers whole_check_without_cpu script_of_servers_without_cpu start; do measure "$case"; done
done
"$ops" Test-OpsHealth >"$output/health-ours.out" || true

echo "Twenty targets, five of which hang"
hang_some
for ((run = 1; run <= (runs + 2) / 3; run++)); do measure hanging; done
results_of() { grep -cE '^(Healthy|Degraded|Unhealthy|Unknown) ' "$1"; }
[ "$(results_of "$throwaway/case.out")" = 20 ] || { echo "There are $(results_of "$throwaway/case.out") results, not 20:" >&2; cat "$throwaway/case.out" >&2; exit 1; }

compare() { # what ours theirs peer target
    awk -v w="$1" -v a="$(median "$2")" -v b="$(median "$3")" -v sa="$(spread "$2")" -v sb="$(spread "$3")" -v p="$4" -v t="$5" \
        'BEGIN { printf "| %s | %.0f ms (%s s) | %s | %.0f ms (%s s) | **%.2f** | %s | %s |\n", w, a * 1000, sa, p, b * 1000, sb, a / b, t == "" ? "" : "≤ " t, t == "" ? "" : a / b <= t ? "yes" : "no" }'
}
{
    printf 'Measured %s on %s cores, Linux %s, load %s. Medians of %s runs (lowest-highest), interleaved; whole processes.\n\n' \
        "$(date -u +%Y-%m-%d)" "$(nproc)" "$(uname -r)" "$(cut -d ' ' -f 1 /proc/loadavg)" "$runs"
    printf '| what | ours | beside | theirs | ratio | target | met |\n|---|---|---|---|---|---|---|\n'
    compare 'The whole check' whole_check script_of_calls 'a script with a call for each figure' 0.50
    compare 'The whole check' whole_check script_of_servers 'a script with a call for each server' ''
    compare 'Without the processors' whole_check_without_cpu script_of_servers_without_cpu 'a script with a call for each server' ''
    awk -v h="$(median hanging)" -v s="$(median start)" -v t="$timeout" 'BEGIN {
        printf "\n20 targets, 5 of which hang, with -Timeout %d: %.2f s, of which %.2f s are the start of the program (ops Get-OpsEnvironment); the check itself %.2f s, %.2f x the timeout (wanted: ≤ 1.10): %s\n",
            t, h, s, h - s, (h - s) / t, (h - s) / t <= 1.1 ? "yes" : "no" }'
} >"$output/health.md"
echo
cat "$output/health.md"
