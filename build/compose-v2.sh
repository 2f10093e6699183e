#!/usr/bin/env bash
# Brings Compose v2, which Debian 12 does not have: the plugin of Debian 13, which needs nothing that Debian 12 has not. It comes through apt by a
# configuration of its own, is unpacked and never installed, and is kept in the folder of the first argument; a second run downloads nothing.
# Prints the folder that DOCKER_CONFIG is to name.
# usage: build/compose-v2.sh CACHE-FOLDER
set -euo pipefail
cache=$(mkdir -p "$1" && cd "$1" && pwd)
plugin=$cache/config/cli-plugins/docker-compose
exec 9>"$cache/lock"
flock 9
[ -x "$plugin" ] || {
    apt=$cache/apt
    rm -rf "$apt" "$cache/unpacked" && mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$cache/config/cli-plugins"
    # The machine's own mirror, another release.
    mirror=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '/^URIs:/ && $2 ~ /\/debian\/?$/ { print $2; exit }')
    [ -n "$mirror" ] || mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | sed -nE 's/^deb (\[[^]]*\] *)?([^ ]+\/debian)\/? .*/\2/p' | head -n 1)
    [ -n "$mirror" ] || { echo "No source of Debian's packages is set up in /etc/apt." >&2; exit 1; }
    printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" >"$apt/trixie.sources"
    cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$apt/trixie.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "";
Acquire::Retries "3";
CONF
    export APT_CONFIG=$apt/apt.conf
    cd "$apt"
    { apt-get -q update && apt-get -q download docker-compose; } >"$apt/log" 2>&1 || { tail -n 5 "$apt/log" >&2; exit 1; }
    dpkg -x ./docker-compose_*.deb "$cache/unpacked"
    mv "$cache/unpacked/usr/libexec/docker/cli-plugins/docker-compose" "$plugin.part"
    mv "$plugin.part" "$plugin"
    rm -rf "$cache/unpacked" "$apt"
}
echo "$cache/config"
