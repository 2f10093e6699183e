#!/usr/bin/env bash
# Starts a throwaway PostgreSQL and Redis, loads the sample shop and plays runbook.ps1 against it: in pwsh where there is one, else
# through ./ops. Ends with a summary and leaves nothing running. The built module is taken from out/ (./build.sh build).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=build/throwaway.sh
. "$root/build/throwaway.sh"
began=$SECONDS
unset OPS_ENVIRONMENT

throwaway_begin quickstart
echo "Starting a throwaway PostgreSQL and Redis on loopback, in $throwaway"
# Minimal WAL only makes the sample load faster.
start_postgres wal_level=minimal max_wal_senders=0 max_wal_size=4GB shared_buffers=256MB client_min_messages=warning
start_redis

SHOP_DB_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export SHOP_DB_PASSWORD PGDATABASE=shop PSQLRC=/dev/null PSQL_PAGER=cat
psql -q -d postgres -v ON_ERROR_STOP=1 <<SQL
CREATE ROLE shop LOGIN CREATEDB PASSWORD '$SHOP_DB_PASSWORD';
CREATE DATABASE shop OWNER shop;
SQL

load() { PGUSER=shop psql -q -v ON_ERROR_STOP=1 "$@"; }
load -v phrases=120000 -f "$here/text.sql"
load -f "$here/shared.sql"
load -v schema=tenant_acme -v scale=60 -f "$here/tenant.sql" &
acme=$!
load -v schema=tenant_demo -v scale=18 -f "$here/tenant.sql"
load -v schema='tenant_Köln & Söhne' -v scale=10 -f "$here/tenant.sql"
wait "$acme"
load -c 'SET client_min_messages = error' -c 'DROP SCHEMA text_source CASCADE'
psql -q -c 'VACUUM ANALYZE'
echo "The sample shop is loaded: $(psql -Atc "SELECT pg_size_pretty(pg_database_size('shop'))"), three tenants, after $((SECONDS - began)) s"

mkdir "$throwaway/shop"
sed -e "s/port: 5432/port: $PGPORT/" -e "s/port: 6379/port: $REDIS_PORT/" "$here/ops.yaml" >"$throwaway/shop/ops.yaml"
before=$(psql -Atf "$here/fingerprint.sql")

cd "$throwaway/shop"
played=0
if [ -n "${OPS_PWSH:-}" ]; then
    "$OPS_PWSH" -NoProfile -File "$here/play.ps1" -Runbook "$here/runbook.ps1" -Module "/tmp/hm/OpsModule.dll" || played=$?
else
    bash "$here/play.sh" "$here/runbook.ps1" "$root/ops" || played=$?
fi

after=$(psql -Atf "$here/fingerprint.sql")
echo
echo "Summary"
echo "  sample shop        $(psql -Atc "SELECT pg_size_pretty(pg_database_size('shop'))"), tenants acme, demo and Köln & Söhne"
echo "  backups            $(find backups -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.1f MiB in %d files", n / 1048576, NR }')"
if [ "$before" = "$after" ]; then
    echo "  tenant demo        lost and restored: every row of 6 tables is what it was before"
else
    echo "  tenant demo        NOT what it was before:"
    diff <(echo "$before") <(echo "$after") | sed 's/^/    /'
    played=1
fi
[ "$played" = 0 ] || echo "  Something above failed."
echo "  time               $((SECONDS - began)) s; servers and files are removed now"
exit "$played"
