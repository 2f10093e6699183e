# shellcheck shell=bash
# What a verb needs on the machine, and how it comes there. Sourced by build.sh.
# Every line is: package, then a file (glob) or command that proves it is already there, whoever installed it.

packages_of() {
    local postgres='postgresql-15 /usr/lib/postgresql/*/bin/initdb
postgresql-client-15 /usr/lib/postgresql/*/bin/pg_dump'
    local redis='redis-server redis-server'
    local zstd='zstd zstd'
    local web='nginx-light nginx
certbot certbot
pebble pebble'
    # OpenStack Swift speaks S3 too: it is the S3 server that Debian itself brings.
    local s3='swift-proxy swift-proxy-server
swift-account swift-account-server
swift-container swift-container-server
swift-object swift-object-server
python3-swift /usr/lib/python3/dist-packages/swift/__init__.py
memcached memcached'
    case $1 in
        quickstart) printf '%s\n' "$postgres" "$redis" "$zstd" ;;
        test) printf '%s\n' "$postgres" "$redis" "$zstd" 'age age' 'docker.io dockerd' 'iproute2 ip' 'docker-compose docker-compose' "$web" "$s3" \
            'kubernetes-client kubectl' 'prometheus prometheus' 'prometheus-alertmanager prometheus-alertmanager' \
            'systemd /usr/lib/systemd/systemd' 'busybox-static busybox' 'chromium chromium' \
            'nftables nft' 'haproxy haproxy' \
            'postgresql-contrib /usr/share/postgresql/15/extension/hstore.control' 'gcc cc' 'libc6-dev /usr/include/stdio.h' 'bzip2 bzip2' ;;
        bench) printf '%s\n' "$postgres" "$redis" "$zstd" "$s3" 'docker.io dockerd' 'iproute2 ip' 'busybox-static busybox' 'nginx-light nginx' 'curl curl' 'openssl openssl' ;;
    esac
}

require_dotnet() {
    command -v dotnet >/dev/null && return
    echo "The .NET SDK is missing (version in global.json): https://dotnet.microsoft.com/download" >&2
    exit 3
}

is_there() { # probe
    case $1 in
        /*) compgen -G "$1" >/dev/null ;;
        *) command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] ;;
    esac
}

missing_packages() { # verb
    local package probe
    packages_of "$1" | while read -r package probe; do
        is_there "$probe" || printf '%s ' "$package"
    done
}

provide_packages() { # verb
    local missing as_root=
    missing=$(missing_packages "$1")
    [ -n "$missing" ] || return 0

    if [ "$OPS_INSTALL" = no ]; then
        echo "Missing for '$1' (not installed because of --no-install): $missing"
        return 0
    fi
    if [ "$(id -u)" != 0 ]; then
        if sudo -n true 2>/dev/null; then as_root='sudo -n'; else as_root=none; fi
    fi
    if [ "$as_root" = none ] || ! command -v apt-get >/dev/null; then
        echo "Missing for '$1', and neither root nor sudo with apt can install them here: $missing"
        return 0
    fi
    echo "Installing for '$1' with apt: $missing"
    # shellcheck disable=SC2086 # the list is meant to be split
    $as_root bash build/install.sh $missing || echo "Not everything could be installed; going on with what is there."
}
