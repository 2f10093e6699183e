#!/usr/bin/env bash
# Makes the database of PostgreSQL's own regression tests on a server that is running: everything PostgreSQL can do, left behind by its tests.
# The source comes through apt, by a configuration of its own, and is kept in the folder of the first argument; a second run downloads nothing.
# PGHOST, PGPORT, PGUSER and PGPASSWORD say which server; PGDATABASE is dropped and made anew.
# usage: build/postgres-regression.sh CACHE-FOLDER [--fetch-only]
set -euo pipefail
cache=$(mkdir -p "$1" && cd "$1" && pwd)
major=15
tests=$cache/source/src/test/regress
lib=$cache/lib

# The machine's own sources of Debian, and those of its source packages. Its main archive will do: older tests run on a newer server.
debian_sources() {
    local entries
    entries=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | grep -E '^deb (\[[^]]*\] *)?[^ ]+/debian/? ' || true)
    printf '%s\n' "$entries" "${entries//deb /deb-src }" >"$apt/parts/debian.list"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ ! -e "$file" ] || awk 'BEGIN { RS = ""; ORS = "\n\n" } /URIs:[^\n]*\/debian\/?(\n|$)/' "$file"
    done | sed 's/^Types:.*/Types: deb deb-src/' >"$apt/parts/debian.sources"
    grep -q '^\(deb\|Types\)' "$apt/parts/debian.list" "$apt/parts/debian.sources" || { echo "No source of Debian's packages is set up in /etc/apt." >&2; return 1; }
}

fetch() {
    local apt=$cache/apt version
    rm -rf "$apt" "$cache/source.part" && mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial" "$cache/source.part"
    debian_sources
    cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/parts";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "";
Acquire::Retries "3";
CONF
    export APT_CONFIG=$apt/apt.conf
    apt-get -q update >"$apt/log" 2>&1 || { tail -n 5 "$apt/log" >&2; return 1; }
    cd "$apt"
    version=$(apt-cache showsrc postgresql-$major | sed -n 's/^Version: //p' | sort -V | tail -n 1)
    apt-get -q source --download-only "postgresql-$major=$version" >>log 2>&1 || { tail -n 5 log >&2; return 1; }
    apt-get -q download "postgresql-server-dev-$major=$version" >>log 2>&1 || { tail -n 5 log >&2; return 1; }
    tar -xjf postgresql-$major*.orig.tar.bz2 --strip-components=1 -C "$cache/source.part" --wildcards '*/src/test/regress'
    dpkg -x postgresql-server-dev-$major*.deb "$cache/source.part/dev"
    cd "$cache"
    rm -rf "$cache/source" "$apt"
    mv "$cache/source.part" "$cache/source"
}

# The tests' functions in C, and two of contrib's that they expect in the same folder.
compile() {
    mkdir -p "$lib"
    cc -O1 -w -fPIC -shared -I"$cache/source/dev/usr/include/postgresql/$major/server" -o "$lib/regress.so.part" "$tests/regress.c"
    mv "$lib/regress.so.part" "$lib/regress.so"
    ln -sf /usr/lib/postgresql/$major/lib/{refint,autoinc}.so "$lib/"
}

run() { # test: what it prints is nobody's business here
    psql -X -q -a -v HIDE_TABLEAM=on -v HIDE_TOAST_COMPRESSION=on -f "sql/$1.sql" >"$results/$1.out" 2>&1 || true
}

exec 9>"$cache/lock"
flock 9
[ -d "$tests/sql" ] || fetch
[ -e "$lib/regress.so" ] || compile
flock -u 9
chmod -R a+rX "$cache" # the server reads the tables' data and the library by itself
[ "${2:-}" != --fetch-only ] || exit 0

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
chmod 777 "$results" && mkdir -m 777 "$results/results"
export PGDATABASE=${PGDATABASE:-regression} PG_LIBDIR=$lib PG_DLSUFFIX=.so PG_ABS_SRCDIR=$tests PG_ABS_BUILDDIR=$results
psql -X -q -v ON_ERROR_STOP=1 -d postgres -c "DROP DATABASE IF EXISTS $PGDATABASE" -c "CREATE DATABASE $PGDATABASE TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
for setting in lc_messages=C lc_monetary=C lc_numeric=C lc_time=C bytea_output=hex timezone_abbreviations=Default; do
    psql -X -q -c "ALTER DATABASE $PGDATABASE SET ${setting%=*} TO '${setting#*=}'"
done
export PGTZ=PST8PDT PGDATESTYLE='Postgres, MDY' PGOPTIONS='-c intervalstyle=postgres_verbose' LC_ALL=C
cd "$tests"
# Left out: what needs a server of its own, and what measures plans and leaves nothing behind.
skip=' tablespace prepared_xacts select_parallel write_parallel vacuum_parallel join_hash stats partition_join explain memoize incremental_sort tuplesort infinite_recurse compression_pglz database encoding sanity_check opr_sanity type_sanity oidjoins advisory_lock async largeobject misc_functions password create_role roleattributes '
grep '^test:' parallel_schedule | sed 's/^test: *//' | while read -r group; do
    for name in $group; do
        case $skip in *" $name "*) continue ;; esac
        run "$name" </dev/null &
        [ "$(jobs -rp | wc -l)" -lt 4 ] || wait -n || true
    done
    wait
done
tables=$(psql -X -At -c "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname = 'public'")
echo "$tables tables and views in $PGDATABASE"
[ "$tables" -gt 300 ]
