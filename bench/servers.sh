#!/usr/bin/env bash
# Keeps the servers of a measurement, as build/throwaway.sh does, and has more of them: s3 (Swift with a bucket), engine (Docker), shop (a sample
# shop with everything around it), hang (twenty targets, five of which hang).  bench/servers.sh NAME SERVER...
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
# shellcheck source=build/throwaway.sh
. "$root/build/throwaway.sh"
. "$here/swift.sh"
. "$here/engine.sh"
. "$here/shop.sh"
throwaway_says+=(S3_ENDPOINT AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION DOCKER_HOST HTTP_PORT HTTPS_PORT PGDATABASE)

start_s3() {
    swift_is_there || { echo "Swift is not installed (Debian packages swift-*)." >&2; exit 3; }
    start_swift
    make_bucket backups
}
start_hang() { hang_some; }

throwaway_serve "$@"
