#!/usr/bin/env bash
# Times Measure-OpsAttack (all rules, all counters) beside ripgrep, grep and zcat on the same log, whole processes in turn, with its highest memory.
# bench/attack-speed.sh [--size MiB] [--runs N] [--large MiB] [--output FOLDER]       (--large: a log of that size, for memory; 0: none)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
size=1024 runs=5 large=0 output=$root/out/bench
while [ $# -gt 0 ]; do
    case $1 in
        --size) size=$2; shift ;;
        --runs) runs=$2; shift ;;
        --large) large=$2; shift ;;
        --output) output=$2; shift ;;
        *) sed -n '2,3s/^# //p' "$0"; exit 2 ;;
    esac
    shift
done
# shellcheck source=build/throwaway.sh
. "$root/build/throwaway.sh"
# shellcheck source=bench/measure.sh
. "$here/measure.sh"
ops=$root/out/ops/ops
[ -x "$ops" ] || { echo "Build first: ./build.sh build" >&2; exit 3; }
for program in rg mawk; do
    command -v "$program" >/dev/null || { echo "$program is not installed (Debian packages ripgrep, mawk)." >&2; exit 3; }
done
unset OPS_ENVIRONMENT
throwaway_begin attack-speed
mkdir -p "$output"
results=$output/attack-speed.tsv
: >"$results"

# What the operators' document greps for, and 21 texts of attacks as somebody would write them for grep.
runbook='union.*select|drop.*table|;.*--|or.*1.*=.*1'
texts='union select|union all|<script|onerror=|onload=|javascript:|\.\./|\.\.%2f|/etc/passwd|/bin/sh|cmd\.exe|xp_cmdshell|information_schema|sleep\(|benchmark\(|waitfor delay|\$\{jndi:|php://|/\.env|/wp-login|sqlmap'
log=$throwaway/access.log
lines_of() { echo $(($1 * 1048576 / 168)); } # MiB

all_rules() { ops_measured "Measure-OpsAttack -Path $log"; }
all_rules_gzip() { ops_measured "Measure-OpsAttack -Path $log.gz"; }
runbook_rules() { ops_measured "Measure-OpsAttack -Path $log -RulePath $here/runbook-patterns.yaml -Rule runbook-*"; }
matches() { ops_measured "Find-OpsAttackPattern -Path $log"; }
ripgrep_texts() { rg -ic "$texts" "$log"; }
# Through cat: grep stops at the first line when its output is /dev/null.
grep_texts() { LC_ALL=C grep -icE "$texts" "$log" | cat; }
grep_runbook() { LC_ALL=C grep -icE "$runbook" "$log" | cat; }
zcat_alone() { zcat "$log.gz" | cat >/dev/null; }
large_log() { ops_measured "Measure-OpsAttack -Path $throwaway/large.log"; }
start_alone() { ops_measured "Measure-OpsAttack -Path $throwaway/one.log"; }

echo "A log of $size MiB, 0.1 % attacks; $(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg)"
mawk -v n="$(lines_of "$size")" -f "$here/attack-log.awk" >"$log"
head -1 "$log" >"$throwaway/one.log"
gzip -1 -k "$log"
cat "$log" "$log.gz" >/dev/null
for ((run = 0; run < runs; run++)); do
    for case in all_rules ripgrep_texts grep_texts runbook_rules grep_runbook matches all_rules_gzip zcat_alone start_alone; do measure "$case"; done
done
if [ "$large" -gt 0 ]; then
    rm "$log.gz"
    echo "A log of $large MiB with 10 million different addresses"
    mawk -v n="$(lines_of "$large")" -v addresses=10000000 -f "$here/attack-log.awk" >"$throwaway/large.log"
    measure large_log
fi

peak() { awk -v k="$(median "$1" 4)" -v s="$(median start_alone 4)" 'BEGIN { printf "%.0f MiB, %.0f above start", k / 1024, (k - s) / 1024 }'; }
{
    echo "| what | OpsModule | beside | | ratio | wanted | |"
    echo "|---|---|---|---|---|---|---|"
    row "all rules and counters" all_rules ripgrep_texts "rg -ic, 21 texts" 1.0
    row "all rules and counters" all_rules grep_texts "grep -icE, 21 texts" 1.1
    row "the runbook's four patterns" runbook_rules grep_runbook "grep -icE, the same" 1.0
    row "all rules, from gzip" all_rules_gzip zcat_alone "zcat" 1.15
    row "all matches, written out" matches grep_texts "grep -icE, 21 texts" ""
    echo
    echo "Highest memory: $(peak all_rules) at $size MiB$([ "$large" = 0 ] || echo "; $(peak large_log) at $large MiB, in $(median large_log) s")."
} | tee "$output/attack-speed.md"
