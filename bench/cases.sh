# shellcheck shell=bash disable=SC2154 # variables come from bench/run.sh
# What is timed: ours beside what people use today, on the same server, data and disk.

backups=$throwaway/shop/backups
peer=$throwaway/peer

newest() { # file pattern under the backups folder
    find "$backups" -type f -name "$1" -printf '%T@ %p\n' | sort -g | tail -n 1 | cut -d ' ' -f 2-
}
stored_bytes() { find "$backups" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'; }
peer_bytes() { find "$peer" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'; }
drop_backups() { rm -rf "$backups"; mkdir "$backups"; }
drop_peer() { rm -rf "$peer"; mkdir "$peer"; }

# Back up to a folder.
before_ours_folder() { drop_backups; }
ours_folder() { ops_measured 'Backup-OpsDatabase main -Store local'; }
bytes_ours_folder() { stored_bytes; }

before_dump_gzip() { drop_peer; }
dump_gzip() { pg_dump bench | gzip >"$peer/dump.sql.gz"; }
bytes_dump_gzip() { peer_bytes; }

before_dump_zstd() { drop_peer; }
dump_zstd() { pg_dump bench | zstd -q -T0 >"$peer/dump.sql.zst"; }
bytes_dump_zstd() { peer_bytes; }

before_dump_directory() { drop_peer; }
dump_directory() { pg_dump -Fd -j2 -f "$peer/dump" bench; }
bytes_dump_directory() { peer_bytes; }

before_dump_plain() { drop_peer; }
dump_plain() { pg_dump bench >"$peer/dump.sql"; }
bytes_dump_plain() { peer_bytes; }
after_dump_plain() { drop_peer; }

# Back up to S3.
ours_s3() { ops_measured 'Backup-OpsDatabase main -Store s3'; }
after_ours_s3() { "$ops" 'Get-OpsBackup -Store s3 | Remove-OpsBackup -Force -Confirm:$false' >/dev/null; }

# Restore one tenant, from the newest backup of it, over the live one; beside plain pg_restore of the same archive into an empty database.
ours_tenant_restore() { ops_measured 'Get-OpsBackup main -Tenant b -Store local -Latest | Restore-OpsDatabase -Confirm:$false'; }
after_ours_tenant_restore() { "$ops" 'Get-OpsRestore | Remove-OpsRestore -Confirm:$false' >/dev/null; }

before_plain_tenant_restore() { psql -q -d postgres -c 'CREATE DATABASE empty TEMPLATE template0'; }
plain_tenant_restore() { read_archive "$tenant_archive" | pg_restore -d empty; }
after_plain_tenant_restore() { psql -q -d postgres -c 'DROP DATABASE empty WITH (FORCE)'; }

# A drill of the whole database beside plain pg_restore of the same archive.
ours_drill() { ops_measured 'Get-OpsBackup main -Full -Store local -Latest | Invoke-OpsRecoveryDrill'; }

before_plain_restore() { before_plain_tenant_restore; }
plain_restore() { read_archive "$full_archive" | pg_restore -d empty; }
after_plain_restore() { after_plain_tenant_restore; }

read_archive() { # a stored object, as pg_dump wrote it
    case $1 in
        *.zst) zstd -q -dc "$1" ;;
        *.gz) gzip -dc "$1" ;;
        *) cat "$1" ;;
    esac
}
