# shellcheck shell=bash disable=SC2154 # variables come from bench/servers.sh
# A Docker engine of the measurement's own, with its own data and socket. bench/servers.sh sources it.
engine_can_run() { command -v dockerd >/dev/null && command -v busybox >/dev/null && [ "$(id -u)" = 0 ]; }

start_engine() { # sets DOCKER_HOST
    engine_can_run || { echo "A Docker engine needs root, dockerd and busybox." >&2; exit 3; }
    local try network
    mapfile -t network < <("$here/../build/docker-engine.sh" prepare "$throwaway" $$)
    [ "${#network[@]}" -gt 0 ] || exit 3
    export DOCKER_HOST=unix://$throwaway/docker.sock
    dockerd --data-root "$throwaway/docker" --exec-root "$throwaway/exec" --host "$DOCKER_HOST" --pidfile "$throwaway/docker.pid" "${network[@]}" >"$throwaway/dockerd.log" 2>&1 &
    engine=$!
    throwaway_stops+=(stop_engine)
    for ((try = 0; try < 300; try++)); do
        docker info >/dev/null 2>&1 && return
        sleep 0.1
    done
    tail -n 20 "$throwaway/dockerd.log" >&2
    exit 3
}

stop_engine() {
    docker ps -aq | xargs -r docker rm -f >/dev/null 2>&1 || true
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
    "$here/../build/docker-engine.sh" remove "$throwaway" || true
}

busybox_image() { # name [file...]: an image of busybox and these files
    local name=$1
    shift
    mkdir -p "$throwaway/image/bin"
    cp "$(command -v busybox)" "$throwaway/image/bin/busybox"
    [ $# -eq 0 ] || mv "$@" "$throwaway/image/"
    tar -C "$throwaway/image" -c . | docker import - "$name" >/dev/null
    rm -rf "$throwaway/image"
}

run_service() { # project service image command...: a container as compose would make it
    local project=$1 service=$2
    shift 2
    docker run -d --log-opt max-size=10m --label "com.docker.compose.project=$project" --label "com.docker.compose.service=$service" \
        --label com.docker.compose.oneoff=False "$@" >/dev/null
}
