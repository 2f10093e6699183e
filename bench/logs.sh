#!/usr/bin/env bash
# Times Get-OpsLog: parsed lines a second on one core, and -Raw beside 'docker logs' on an engine of its own (as root, with dockerd and busybox).
# bench/logs.sh [--lines N] [--runs N]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
lines=1000000 runs=3
while [ $# -gt 0 ]; do
    case $1 in
        --lines) lines=$2; shift ;;
        --runs) runs=$2; shift ;;
        *) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
    esac
    shift
done
# shellcheck source=build/throwaway.sh
. "$root/build/throwaway.sh"
. "$here/engine.sh"
ops=$root/out/ops/ops
[ -x "$ops" ] || { echo "Build first: ./build.sh build" >&2; exit 3; }
unset OPS_ENVIRONMENT
throwaway_begin logs
# Lines of five kinds in turn, 110 to 220 bytes each.
sample() { # number of lines
    awk -v n="$1" 'BEGIN {
        for (i = 0; i < n; i++) {
            s = i % 60; t = sprintf("2026-11-21T03:%02d:%02d.%03dZ", int(i / 60) % 60, s, i % 1000)
            k = i % 5
            if (k == 0) printf "{\"level\":\"info\",\"ts\":\"%s\",\"logger\":\"http\",\"msg\":\"request completed\",\"method\":\"GET\",\"path\":\"/api/orders/%d\",\"status\":200,\"duration\":0.0%d}\n", t, i, s
            else if (k == 1) printf "time=%s level=info msg=\"request completed\" method=GET path=/api/orders/%d status=200 duration=%dms\n", t, i, s
            else if (k == 2) printf "192.0.2.%d - - [21/Nov/2026:03:%02d:%02d +0000] \"GET /api/orders/%d HTTP/1.1\" 200 %d \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n", s, int(i / 60) % 60, s, i, i % 9999
            else if (k == 3) printf "2026-11-21 03:%02d:%02d.%03d UTC [%d] LOG:  duration: %d.123 ms  statement: SELECT * FROM orders WHERE id = %d\n", int(i / 60) % 60, s, i % 1000, s + 71, s, i
            else printf "%s INFO com.example.shop.Orders - order %d was accepted and handed to the warehouse in step %d\n", t, i, s
        }
    }'
}
timed() { # command...: seconds, the best of the runs
    local best='' began taken
    for ((run = 0; run < runs; run++)); do
        began=$(date +%s%N)
        "$@" >/dev/null
        taken=$(($(date +%s%N) - began))
        [ -n "$best" ] && [ "$best" -le "$taken" ] || best=$taken
    done
    awk -v ns="$best" 'BEGIN { printf "%.3f", ns / 1e9 }'
}

sample "$lines" >"$throwaway/sample.log"
bytes=$(stat -c %s "$throwaway/sample.log")
start=$(timed taskset -c 0 "$ops" Get-OpsLog -Path "$here/logs.sh" -Tail 1)
parse=$(timed taskset -c 0 "$ops" Get-OpsLog -Path "$throwaway/sample.log" -Tail 1)
awk -v n="$lines" -v b="$bytes" -v s="$start" -v p="$parse" 'BEGIN { printf "Parsed on one core: %d lines, %.0f MiB in %.2f s (%.2f s of it to start): %.0f lines a second\n", n, b / 1048576, p, s, n / (p - s) }'

if ! engine_can_run; then
    echo "No dockerd, no busybox, or not root: -Raw is not measured."
    exit 0
fi
start_engine
busybox_image bench-logs:latest "$throwaway/sample.log"
docker run --name bench-logs --label com.docker.compose.project=bench --label com.docker.compose.service=api --label com.docker.compose.oneoff=False \
    bench-logs:latest /bin/busybox cat /sample.log >/dev/null
printf 'environment: bench\nplatform: { compose: { project: bench } }\n' >"$throwaway/ops.yaml"
peer=$(timed docker logs bench-logs)
raw=$(timed "$ops" Get-OpsLog api -Raw -Environment "$throwaway/ops.yaml")
parsed=$(timed "$ops" Get-OpsLog api -Tail 1 -Pattern . -Environment "$throwaway/ops.yaml")
awk -v b="$bytes" -v d="$peer" -v r="$raw" -v p="$parsed" -v n="$lines" 'BEGIN {
    printf "docker logs: %.2f s (%.0f MiB/s); Get-OpsLog -Raw: %.2f s (%.0f MiB/s): %.2f of its throughput\n", d, b / 1048576 / d, r, b / 1048576 / r, d / r
    printf "Get-OpsLog of the container, parsed, all cores: %.2f s, %.0f lines a second\n", p, n / p }'
