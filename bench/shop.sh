# shellcheck shell=bash disable=SC2154 # $root and $throwaway come from bench/servers.sh
# The sample shop as a thing to look at: database, cache, an https endpoint, a compose project, a backup. bench/servers.sh sources it.

start_shop() {
    mkdir -p "$throwaway/shop"
    start_postgres
    start_redis
    psql -q -d postgres -c 'CREATE DATABASE shop'
    export PGDATABASE=shop PSQLRC=/dev/null
    psql -q -v phrases=20000 -f "$root/examples/quickstart/text.sql"
    psql -q -f "$root/examples/quickstart/shared.sql"
    psql -q -v schema=tenant_demo -v scale=10 -f "$root/examples/quickstart/tenant.sql"
    start_web
    start_engine
    busybox_image shop:latest
    local service
    for service in api api worker web; do run_service shop "$service" shop:latest /bin/busybox sleep 100000; done
    cat >"$throwaway/shop/ops.yaml" <<YAML
environment: shop
platform: { compose: { project: shop } }
services:
  api: { health: { url: "https://localhost:$HTTPS_PORT/health", ca: ../ca.pem, json: status, expect: ok } }
databases:
  main: { host: "$PGHOST", port: $PGPORT, name: shop, user: postgres, tenantSchema: "tenant_{tenant}" }
caches:
  main: { host: 127.0.0.1, port: $REDIS_PORT }
backups:
  stores:
    local: { path: backups }
YAML
}

# An nginx with a certificate of an authority of its own: sets HTTP_PORT and HTTPS_PORT.
start_web() {
    HTTP_PORT=$(free_port) HTTPS_PORT=$(free_port)
    local home=$throwaway/web
    mkdir "$home"
    {
        openssl req -x509 -newkey rsa:2048 -nodes -days 400 -subj '/CN=Bench Root' -keyout "$home/ca.key" -out "$throwaway/ca.pem"
        openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout "$home/key.pem" -out "$home/csr.pem"
        openssl x509 -req -in "$home/csr.pem" -CA "$throwaway/ca.pem" -CAkey "$home/ca.key" -CAcreateserial -days 365 -out "$home/cert.pem" \
            -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1')
    } >"$home/openssl.log" 2>&1
    cat >"$home/nginx.conf" <<CONF
daemon off;
pid $home/pid;
error_log $home/error.log;
events {}
http {
    access_log off;
    client_body_temp_path $home/body; proxy_temp_path $home/proxy; fastcgi_temp_path $home/fastcgi; uwsgi_temp_path $home/uwsgi; scgi_temp_path $home/scgi;
    server {
        listen 127.0.0.1:$HTTP_PORT;
        listen 127.0.0.1:$HTTPS_PORT ssl;
        ssl_certificate $home/cert.pem;
        ssl_certificate_key $home/key.pem;
        location / { default_type application/json; return 200 '{"status": "ok"}'; }
    }
}
CONF
    nginx -p "$home" -c "$home/nginx.conf" >"$home/log" 2>&1 &
    web=$!
    throwaway_stops+=(stop_web)
    until curl -s -o /dev/null "http://127.0.0.1:$HTTP_PORT/"; do
        kill -0 "$web" 2>/dev/null || { cat "$home/log" >&2; exit 3; }
        sleep 0.1
    done
}
stop_web() { kill "$web" 2>/dev/null && wait "$web"; }

# Fifteen services that answer; and a server that takes every connection and answers none, as one that has hung does, for five other targets.
hang_some() {
    local i dead
    dead=$(free_port)
    redis-server --port "$dead" --bind 127.0.0.1 --dir "$throwaway" --save '' --daemonize no >/dev/null 2>&1 &
    hung=$!
    throwaway_stops+=(stop_hung)
    until (exec 3<>"/dev/tcp/127.0.0.1/$dead") 2>/dev/null; do sleep 0.1; done
    kill -STOP "$hung"
    mkdir "$throwaway/hang"
    {
        printf 'environment: hang\nservices:\n'
        for ((i = 1; i <= 15; i++)); do printf '  s%d: { health: "http://127.0.0.1:%d/" }\n' "$i" "$HTTP_PORT"; done
        cat <<YAML
  hangs: { health: "http://127.0.0.1:$dead/" }
databases:
  hangs: { host: 127.0.0.1, port: $dead, name: a, user: b }
caches:
  hangs: { host: 127.0.0.1, port: $dead }
checks:
  certificate: { certificate: "127.0.0.1:$dead" }
  command: { redis: PING }
YAML
    } >"$throwaway/hang/ops.yaml"
}
stop_hung() { kill -CONT "$hung" 2>/dev/null; kill "$hung" 2>/dev/null && wait "$hung"; }
