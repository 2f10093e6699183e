# shellcheck shell=bash disable=SC2154 # variables come from bench/run.sh
# The measurements as a markdown table.

report() {
    cat <<TEXT
Measured $(date -u +%Y-%m-%d) on $(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), \
$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) of memory, Linux $(uname -r), \
$("$postgres_bin/postgres" --version), zstd $(zstd --version 2>/dev/null | sed 's/.*v\([0-9.]*\).*/\1/'). Database of $first_size, fsync on. \
Median of $runs runs (lowest-highest), interleaved.

| what | ours | peer | peer's | ratio | target | met |
|---|---|---|---|---|---|---|
TEXT
    row 'Back up to a folder' ours_folder dump_gzip '`pg_dump \| gzip`' 0.30
    row 'Stored size' ours_folder dump_gzip '`pg_dump \| gzip`' 1.00 3
    row 'Back up to a folder' ours_folder dump_directory '`pg_dump -Fd -j2`' 0.55
    row 'Stored size' ours_folder dump_directory '`pg_dump -Fd -j2`' '' 3
    row 'Back up to a folder' ours_folder dump_plain '`pg_dump > file`' 1.35
    row 'Back up to a folder' ours_folder dump_zstd '`pg_dump \| zstd -T0`' ''
    row 'Back up to S3' ours_s3 ours_folder 'ours to a folder' 1.10
    row 'Restore a tenant, verified, over the live one' ours_tenant_restore plain_tenant_restore '`pg_restore`, same archive' 1.30
    row 'Drill of the whole database' ours_drill plain_restore '`pg_restore`, same archive' 1.60
    printf '\n| | measured | target | met |\n|---|---|---|---|\n'
    limit 'Peak memory of `ops`, backing up to a folder' "$small_peak" KiB 200
    limit 'Peak memory of `ops`, backing up to S3' "$small_peak_s3" KiB 200
    [ -z "$large_peak" ] || growth "The same with $large_size, to a folder" "$small_peak" "$large_peak"
    [ -z "$large_peak_s3" ] || growth "The same with $large_size, to S3" "$small_peak_s3" "$large_peak_s3"
    limit '`ops Get-OpsEnvironment`, start to first output' "$(median start)" s 250
    limit '`Import-Module` in pwsh' "$(median import)" s 100
}

limit() { # what value unit target: KiB against MiB, s against ms
    [ -n "$2" ] || return 0
    awk -v w="$1" -v v="$2" -v u="$3" -v t="$4" 'BEGIN {
        x = u == "s" ? v * 1000 : v / 1024
        unit = u == "s" ? "ms" : "MiB"
        printf "| %s | %.0f %s | < %d %s | %s |\n", w, x, unit, t, unit, x < t ? "yes" : "no"
    }'
}

growth() { # what small large
    awk -v w="$1" -v a="$2" -v b="$3" 'BEGIN {
        printf "| %s | %.0f MiB, %.2f x | within 1.10 x, < 200 MiB | %s |\n", w, b / 1024, b / a, b <= a * 1.1 && b < 200 * 1024 ? "yes" : "no"
    }'
}
