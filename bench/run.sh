#!/usr/bin/env bash
# Times OpsModule side by side with its peers: same server, data, disk and minutes; interleaved; medians and ratios.
# Give it a quiet machine. bench/run.sh --size 100 --runs 1 --large 0 shows in a minute that it works.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)

size=${OPS_BENCH_SIZE:-1024} large=${OPS_BENCH_LARGE:-4096} runs=${OPS_BENCH_RUNS:-5} s3=yes output=$root/out/bench
usage() {
    cat <<'TEXT'
bench/run.sh [--size MB] [--runs N] [--large MB] [--no-s3] [--output FOLDER]

  --size    of the database, in MB as PostgreSQL counts it (1024)
  --runs    of every case (5)
  --large   size of the second database, on which only memory is measured; 0 leaves it out (4096)
  --no-s3   without the S3 cases
  --output  where results.tsv and results.md are written (out/bench)
TEXT
}
while [ $# -gt 0 ]; do
    case $1 in
        --size) size=$2; shift ;;
        --runs) runs=$2; shift ;;
        --large) large=$2; shift ;;
        --output) output=$2; shift ;;
        --no-s3) s3=no ;;
        *) usage; exit 2 ;;
    esac
    shift
done

# shellcheck source=build/throwaway.sh
. "$root/build/throwaway.sh"
. "$here/swift.sh"
. "$here/measure.sh"
ops=$root/out/ops/ops
[ -x "$ops" ] || { echo "Build first: ./build.sh build" >&2; exit 3; }
[ "$s3" = no ] || swift_is_there || { echo "Swift is not installed; leaving the S3 cases out."; s3=no; }
unset OPS_ENVIRONMENT

throwaway_begin bench
. "$here/cases.sh"
mkdir -p "$output" "$throwaway/shop/backups" "$peer"
results=$output/results.tsv
: >"$results"

# fsync stays on. Minimal WAL lets the data load fast; backups and restores do not depend on it.
start_postgres wal_level=minimal max_wal_senders=0 max_wal_size=8GB shared_buffers=1GB client_min_messages=warning
export PSQLRC=/dev/null
if [ "$s3" = yes ]; then start_swift; make_bucket backups; fi

load() { psql -q -d bench -v ON_ERROR_STOP=1 "$@"; }
fill() { # MB: the database bench, four tenants of different size, about 2.3 MB for a unit of scale
    local units=$(($1 * 10 / 23 + 10)) tenant share
    echo "Loading $1 MB"
    psql -q -d postgres -c 'DROP DATABASE IF EXISTS bench WITH (FORCE)' -c 'CREATE DATABASE bench TEMPLATE template0'
    load -v phrases=$((units * 600 > 1000000 ? units * 600 : 1000000)) -f "$root/examples/quickstart/text.sql"
    load -f "$root/examples/quickstart/shared.sql"
    # Two at a time, the largest beside the smallest, as there are two cores.
    for tenant in 'a 4 d 1' 'b 3 c 2'; do
        read -r -a share <<<"$tenant"
        load -v "schema=tenant_${share[0]}" -v scale=$((units * share[1] / 10)) -f "$root/examples/quickstart/tenant.sql" &
        load -v "schema=tenant_${share[2]}" -v scale=$((units * share[3] / 10)) -f "$root/examples/quickstart/tenant.sql"
        wait $!
    done
    load -c 'SET client_min_messages = error' -c 'DROP SCHEMA text_source CASCADE' -c 'VACUUM ANALYZE' -c CHECKPOINT
    loaded=$(psql -d bench -Atc "SELECT pg_size_pretty(pg_database_size('bench'))")
    echo "Loaded: $loaded"
}

cat >"$throwaway/shop/ops.yaml" <<YAML
environment: bench
databases:
  main: { host: "$PGHOST", port: $PGPORT, name: bench, user: postgres, tenantSchema: "tenant_{tenant}" }
backups:
  stores:
    local: { path: backups }
$([ "$s3" = no ] || echo "    s3: { s3: backups, endpoint: \"$S3_ENDPOINT\", region: us-east-1, accessKey: \"env:AWS_ACCESS_KEY_ID\", secretKey: \"env:AWS_SECRET_ACCESS_KEY\" }")
YAML
cd "$throwaway/shop"

fill "$size"
first_size=$loaded
pg_dump bench >/dev/null # everything is in the caches from the first run on

echo "Backups, $runs runs"
for ((run = 1; run <= runs; run++)); do
    for case in ours_folder dump_gzip dump_zstd dump_directory dump_plain; do measure $case; done
    [ "$s3" = no ] || measure ours_s3
done

echo "Restores, $runs runs"
drop_peer
drop_backups
"$ops" 'Backup-OpsDatabase main -Store local' >/dev/null
full_archive=$(find "$backups" -type f -printf '%s %p\n' | sort -g | tail -n 1 | cut -d ' ' -f 2-)
"$ops" 'Backup-OpsDatabase main -Tenant b -Store local' >/dev/null
tenant_archive=$(find "$backups" -type f -not -path "$full_archive" -printf '%s %p\n' | sort -g | tail -n 1 | cut -d ' ' -f 2-)
for ((run = 1; run <= runs; run++)); do
    for case in ours_tenant_restore plain_tenant_restore ours_drill plain_restore; do measure $case; done
done

echo "Starts"
for ((run = 1; run <= 11; run++)); do
    began=$(date +%s%N)
    "$ops" Get-OpsEnvironment | head -c 1 >/dev/null
    awk -v ns=$(($(date +%s%N) - began)) 'BEGIN { printf "start\t%.4f\t0\t0\n", ns / 1e9 }' >>"$results"
done
pwsh=${OPS_PWSH:-$(command -v pwsh || true)}
if [ -n "$pwsh" ] && [ -e "$root/out/OpsModule/OpsModule.psd1" ]; then
    for ((run = 1; run <= 11; run++)); do
        seconds=$("$pwsh" -NoProfile -Command '$w = [Diagnostics.Stopwatch]::StartNew(); Import-Module $args[0]; $w.Elapsed.TotalSeconds' \
            -args "$root/out/OpsModule/OpsModule.psd1" 2>/dev/null) || continue
        printf 'import\t%s\t0\t0\n' "$seconds" >>"$results"
    done
fi

small_peak=$(median ours_folder 4) small_peak_s3=$(median ours_s3 4) large_peak='' large_peak_s3='' large_size=''
if [ "$large" -gt 0 ]; then
    drop_backups
    fill "$large"
    large_size=$loaded
    mv "$results" "$results.small"
    measure ours_folder
    [ "$s3" = no ] || measure ours_s3
    large_peak=$(median ours_folder 4) large_peak_s3=$(median ours_s3 4)
    mv "$results" "$output/results-large.tsv"
    mv "$results.small" "$results"
fi

. "$here/report.sh"
report >"$output/results.md"
echo
cat "$output/results.md"
