#!/usr/bin/env bash
# Throwaway servers in a temporary folder, on loopback, for the quickstart and the benchmark (Start-Throwaway of Throwaway.ps1).
#   throwaway.sh NAME SERVER...     a server is postgres or redis, with options behind a colon: postgres:fsync=on,wal_level=minimal
# Starts them, prints what they are reached by as NAME=VALUE, then "ready", and keeps them until its standard input ends: so they go whatever
# becomes of the PowerShell that asked for them, which runs no finally when it is killed. bench/servers.sh has more servers.
set -euo pipefail

throwaway_says=(throwaway PGHOST PGPORT PGUSER REDIS_PORT)

throwaway_serve() { # name server...
    local server options says
    throwaway_begin "$1"
    shift
    for server in "$@"; do
        IFS=, read -r -a options <<<"${server#"${server%%:*}"}"
        [ "${#options[@]}" = 0 ] || options[0]=${options[0]#:}
        "start_${server%%:*}" "${options[@]}"
    done
    for says in "${throwaway_says[@]}"; do [ -z "${!says:-}" ] || printf '%s=%s\n' "$says" "${!says}"; done
    echo ready
    cat >/dev/null
}

throwaway_begin() { # name: makes the folder $throwaway
    throwaway=$(mktemp -d "${TMPDIR:-/tmp}/ops-$1.XXXXXX")
    chmod 711 "$throwaway"
    redis_pid=
    throwaway_stops=()
    trap throwaway_end EXIT
    # Ctrl+C reaches the whole group; the PowerShell that asked decides when it is over.
    trap '' INT HUP
    trap 'exit 143' TERM
}

throwaway_end() {
    local code=$? stop
    trap - EXIT
    for stop in "${throwaway_stops[@]}"; do "$stop" || true; done
    [ -z "$redis_pid" ] || kill "$redis_pid" 2>/dev/null || true
    if [ -e "$throwaway/postgres/data/postmaster.pid" ]; then
        as_postgres "$postgres_bin/pg_ctl" -D "$throwaway/postgres/data" -m immediate -w stop >/dev/null 2>&1 || true
    fi
    [ -z "$redis_pid" ] || wait "$redis_pid" 2>/dev/null || true
    rm -rf "$throwaway"
    exit "$code"
}

# The server refuses to run as root; Debian's package brings the user postgres.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$throwaway/postgres" && exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
    else
        "$@"
    fi
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000)) # below those that clients are given
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

find_postgres() { # the newest server binaries: sets $postgres_bin
    postgres_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    if [ ! -x "$postgres_bin/initdb" ]; then
        postgres_bin=$(dirname "$(command -v initdb 2>/dev/null || echo /missing/initdb)")
    fi
    [ -x "$postgres_bin/initdb" ] || { echo "PostgreSQL's server is not installed (Debian package postgresql-15)." >&2; exit 3; }
}

start_postgres() { # [option=value...]: sets PGHOST (a socket folder), PGPORT, PGUSER for the superuser
    local home=$throwaway/postgres option options=()
    find_postgres
    mkdir "$home" "$home/socket"
    # The socket lets everybody in without a password, so nobody else may come near it.
    chmod 700 "$home" "$home/socket"
    [ "$(id -u)" != 0 ] || chown -R postgres: "$home"
    as_postgres "$postgres_bin/initdb" -D "$home/data" -U postgres -E UTF8 --locale=C.UTF-8 \
        --auth-local=trust --auth-host=scram-sha-256 >"$throwaway/initdb.log" 2>&1 ||
        { cat "$throwaway/initdb.log" >&2; exit 3; }

    PGPORT=$(free_port) PGHOST=$home/socket PGUSER=postgres
    for option in "port=$PGPORT" "unix_socket_directories=$PGHOST" listen_addresses=127.0.0.1 "$@"; do options+=(-c "$option"); done
    as_postgres "$postgres_bin/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 -o "${options[*]}" start >/dev/null ||
        { tail -n 20 "$home/log" >&2; exit 3; }
    export PGPORT PGHOST PGUSER
}

start_redis() { # sets REDIS_PORT
    command -v redis-server >/dev/null || { echo "Redis is not installed (Debian package redis-server)." >&2; exit 3; }
    REDIS_PORT=$(free_port)
    mkdir "$throwaway/redis"
    redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --dir "$throwaway/redis" --save '' --daemonize no >"$throwaway/redis/log" 2>&1 &
    redis_pid=$!
    until (exec 3<>"/dev/tcp/127.0.0.1/$REDIS_PORT") 2>/dev/null; do
        kill -0 "$redis_pid" 2>/dev/null || { cat "$throwaway/redis/log" >&2; exit 3; }
        sleep 0.1
    done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then throwaway_serve "$@"; fi
