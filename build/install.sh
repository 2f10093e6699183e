#!/usr/bin/env bash
# Installs Debian packages without starting what they bring: no service, no default PostgreSQL cluster on port 5432.
# Run as root by build/packages.sh: build/install.sh package...
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/no-main-cluster.conf
placed=()
log=$(mktemp)
trap 'rm -f "${placed[@]}" "$log"' EXIT

get() {
    apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 && return
    tail -n 20 "$log" >&2
    return 1
}

if [ ! -e "$policy" ]; then
    placed+=("$policy")
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi

get update || echo "apt-get update failed; trying with the lists that are there." >&2

case " $* " in
    *" postgresql-15 "*)
        # Its configuration must be there before the server package is: that one creates the cluster.
        get install --no-install-recommends postgresql-common
        if [ ! -e "$no_cluster" ]; then
            placed+=("$no_cluster")
            mkdir -p "${no_cluster%/*}"
            echo 'create_main_cluster = false' >"$no_cluster"
        fi
        ;;
esac

get install --no-install-recommends "$@" && exit
# One package that this system does not know must not keep the others away.
missing=0
for package in "$@"; do
    get install --no-install-recommends "$package" || missing=1
done
exit "$missing"
