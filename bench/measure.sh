# shellcheck shell=bash disable=SC2154 # $results and $throwaway come from bench/run.sh
# Timing of one case, and the arithmetic over all of them. Each timed run is one line of $results: case, seconds, bytes, peak KiB.

# A case is a function. Around it, not timed: before_<case> and after_<case>, where there are such functions.
measure() { # case
    local began ended peak=0 bytes=0
    if declare -F "before_$1" >/dev/null; then "before_$1"; fi
    sync
    began=$(date +%s%N)
    "$1" >"$throwaway/case.out" 2>"$throwaway/case.err" || { echo "The case $1 failed:" >&2; cat "$throwaway/case.err" "$throwaway/case.out" >&2; exit 1; }
    ended=$(date +%s%N)
    [ ! -s "$throwaway/case.peak" ] || peak=$(<"$throwaway/case.peak")
    if declare -F "bytes_$1" >/dev/null; then bytes=$("bytes_$1"); fi
    if declare -F "after_$1" >/dev/null; then "after_$1"; fi
    rm -f "$throwaway/case.peak"
    awk -v c="$1" -v ns="$((ended - began))" -v b="$bytes" -v p="$peak" \
        'BEGIN { printf "%s\t%.3f\t%s\t%s\n", c, ns / 1e9, b, p }' | tee -a "$results" |
        awk -F '\t' '{ printf "    %-22s %8.2f s  %8.1f MiB stored  %6.1f MiB peak\n", $1, $2, $3 / 1048576, $4 / 1024 }'
}

# Runs ops and notes the highest memory the kernel has seen of that process alone (not of pg_dump or zstd beside it).
ops_measured() { # pipeline
    local process watcher code=0
    "$ops" "$1" &
    process=$!
    watch_peak "$process" &
    watcher=$!
    wait "$process" || code=$?
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    return "$code"
}

watch_peak() { # process id
    local line
    while line=$(grep -s '^VmHWM' "/proc/$1/status"); do
        [[ $line =~ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}" >"$throwaway/case.peak"
        sleep 0.1
    done
}

median() { # case [column]
    awk -F '\t' -v c="$1" -v k="${2:-2}" '$1 == c { print $k }' "$results" | sort -g |
        awk '{ v[NR] = $1 } END { if (NR) print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) }'
}

spread() { # case
    awk -F '\t' -v c="$1" '$1 == c { print $2 }' "$results" | sort -g | awk 'NR == 1 { low = $1 } { high = $1 } END { printf "%.2f-%.2f", low, high }'
}

# A row of the table: what, our case, the peer's case and name, the target, and the column that is compared (2 time, 3 bytes).
row() { # what ours theirs peer target [column]
    local ours theirs column=${6:-2}
    ours=$(median "$2" "$column") theirs=$(median "$3" "$column")
    [ -n "$ours" ] && [ -n "$theirs" ] || return 0
    awk -v w="$1" -v a="$ours" -v b="$theirs" -v p="$4" -v t="$5" -v k="$column" \
        -v sa="$(spread "$2")" -v sb="$(spread "$3")" 'BEGIN {
        r = b > 0 ? a / b : 0
        if (k == 3) { x = sprintf("%.1f MiB", a / 1048576); y = sprintf("%.1f MiB", b / 1048576) }
        else { x = sprintf("%.2f s (%s)", a, sa); y = sprintf("%.2f s (%s)", b, sb) }
        printf "| %s | %s | %s | %s | **%.2f** | %s | %s |\n", w, x, p, y, r, t == "" ? "" : "≤ " t, t == "" ? "" : r <= t ? "yes" : "no"
    }'
}
