# shellcheck shell=bash disable=SC2154 # $throwaway comes from build/throwaway.sh
# A throwaway S3 server for the benchmark: OpenStack Swift, which Debian brings, with one disk, one copy and its S3 interface.
# bench/servers.sh sources it. start_swift sets S3_ENDPOINT, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

swift_pids=()

swift_is_there() {
    command -v swift-proxy-server >/dev/null && command -v swift-object-server >/dev/null && command -v swift-ring-builder >/dev/null
}

start_swift() {
    local home=$throwaway/swift user proxy cache kind port
    user=$(id -un)
    throwaway_stops+=(stop_swift)
    mkdir -p "$home/disk/d1"
    cat >"$home/swift.conf" <<CONF
[swift-hash]
swift_hash_path_suffix = throwaway
CONF
    for kind in account container object; do
        port=$(free_port)
        (
            cd "$home" || exit
            swift-ring-builder "$kind.builder" create 4 1 1
            swift-ring-builder "$kind.builder" add "r1z1-127.0.0.1:$port/d1" 1
            swift-ring-builder "$kind.builder" rebalance
        ) >"$home/$kind.ring.log"
        cat >"$home/$kind.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
swift_dir = $home
devices = $home/disk
mount_check = false
user = $user
workers = 1
log_level = ERROR
[pipeline:main]
pipeline = $kind-server
[app:$kind-server]
use = egg:swift#$kind
fallocate_reserve = 0
CONF
        swift_run "$kind"
    done
    cache=$(free_port)
    setsid memcached -l 127.0.0.1 -p "$cache" -U 0 -m 16 -u "$user" >"$home/cache.log" 2>&1 &
    swift_pids+=($!)
    proxy=$(free_port)
    cat >"$home/proxy.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $proxy
swift_dir = $home
user = $user
workers = 2
log_level = ERROR
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$cache
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
dns_compliant_bucket_names = true
[filter:tempauth]
use = egg:swift#tempauth
user_bench_admin = bench-secret .admin
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
CONF
    swift_run proxy
    until (exec 3<>"/dev/tcp/127.0.0.1/$proxy") 2>/dev/null; do
        kill -0 "${swift_pids[-1]}" 2>/dev/null || { cat "$home"/*.log >&2; exit 3; }
        sleep 0.2
    done
    export S3_ENDPOINT=http://127.0.0.1:$proxy AWS_ACCESS_KEY_ID=bench:admin AWS_SECRET_ACCESS_KEY=bench-secret AWS_REGION=us-east-1
}

swift_run() { # kind: each server in a process group of its own, so that its workers end with it
    setsid "swift-$1-server" "$throwaway/swift/$1.conf" >"$throwaway/swift/$1.log" 2>&1 &
    swift_pids+=($!)
}

stop_swift() {
    local pid
    for pid in "${swift_pids[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
    for pid in "${swift_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    swift_pids=()
}

make_bucket() { # name: through Swift's own interface, which needs no signature
    local port=${S3_ENDPOINT##*:} answer token
    answer=$(http "$port" GET /auth/v1.0 "X-Auth-User: $AWS_ACCESS_KEY_ID" "X-Auth-Key: $AWS_SECRET_ACCESS_KEY")
    token=$(sed -n 's/^X-Auth-Token: *\([^[:space:]]*\).*/\1/Ip' <<<"$answer")
    http "$port" PUT "/v1/AUTH_${AWS_ACCESS_KEY_ID%%:*}/$1" "X-Auth-Token: $token" | grep -q '^HTTP/1.1 20' ||
        { echo "The bucket $1 cannot be made in Swift." >&2; exit 3; }
}

http() { # port method path header...
    local port=$1 method=$2 path=$3
    shift 3
    exec 4<>"/dev/tcp/127.0.0.1/$port"
    { printf '%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n' "$method" "$path"; printf '%s\r\n' "$@" ''; } >&4
    cat <&4
    exec 4>&-
}
