#!/usr/bin/env bash
# Keeps the servers of a measurement, as build/throwaway.sh does, and has more of them: s3 (Swift with a bucket), engine (Docker), shop (a sample
# shop with everything around it), hang (twenty targets, five of which hang),
# accounts (two Redis whose passwords are kept).  bench/servers.sh NAME SERVER...
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
# shellcheck source=build/throwaway.sh
. "$root/build/throwaway.sh"
. "$here/swift.sh"
. "$here/engine.sh"
. "$here/shop.sh"
throwaway_says+=(S3_ENDPOINT AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION DOCKER_HOST HTTP_PORT HTTPS_PORT PGDATABASE USERS_PORT PASSWORD_PORT)

start_s3() {
    swift_is_there || { echo "Swift is not installed (Debian packages swift-*)." >&2; exit 3; }
    start_swift
    make_bucket backups
}
start_hang() { hang_some; }

start_accounts() { # sets USERS_PORT, a Redis with users in a file, and PASSWORD_PORT, one with a password alone, which it keeps in its configuration
    local name
    mkdir "$throwaway/users" "$throwaway/password"
    USERS_PORT=$(free_port) PASSWORD_PORT=$(free_port)
    printf 'user default off\nuser admin on >admin-of-the-bench ~* &* +@all\nuser app on >first-of-user ~* &* +@all -@admin\n' >"$throwaway/users/users.acl"
    printf 'port %s\naclfile %s\n' "$USERS_PORT" "$throwaway/users/users.acl" >"$throwaway/users/conf"
    printf 'port %s\nrequirepass first-of-server\n' "$PASSWORD_PORT" >"$throwaway/password/conf"
    accounts=()
    throwaway_stops+=(stop_accounts)
    for name in users password; do
        printf 'bind 127.0.0.1\nsave ""\ndir %s\n' "$throwaway/$name" >>"$throwaway/$name/conf"
        redis-server "$throwaway/$name/conf" >"$throwaway/$name/log" 2>&1 &
        accounts+=($!)
    done
    for name in "$USERS_PORT" "$PASSWORD_PORT"; do
        until (exec 3<>"/dev/tcp/127.0.0.1/$name") 2>/dev/null; do sleep 0.1; done
    done
}

stop_accounts() { kill "${accounts[@]}" 2>/dev/null; wait "${accounts[@]}" 2>/dev/null; }

throwaway_serve "$@"
