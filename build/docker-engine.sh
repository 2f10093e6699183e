#!/usr/bin/env bash
# A bridge and addresses for one Docker engine of tests or measurements, so that engines do not share docker0, and nothing is left when one
# is killed. Needs root.
#   docker-engine.sh prepare FOLDER PID   takes away what engines left whose owners have died; then prints the options for dockerd, one a line.
#                                         FOLDER is the engine's own (data, exec, socket), PID the process it belongs to.
#   docker-engine.sh remove FOLDER        takes away the bridge and the networks of that engine, which must have ended.
set -euo pipefail

# Only root writes here: what stands in these files is removed without asking.
markers=/run/opsmodule-engines

start_of() { # pid: when it started, so that a number that was given to another process is known; fails when there is none
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    # shellcheck disable=SC2086 # words are wanted
    set -- $stat
    echo "${20}"
}

# The programs of an engine have its folder in their arguments; what a shim started has not, but is its child.
end_processes() { # folder
    local process pid name children=()
    for process in /proc/[0-9]*; do
        pid=${process#/proc/}
        name=$(cat "$process/comm" 2>/dev/null) || continue
        case $name in dockerd | containerd | containerd-shim*) ;; *) continue ;; esac
        tr '\0' '\n' <"$process/cmdline" 2>/dev/null | grep -qF "$1/" || continue
        [ "$name" = dockerd ] || mapfile -t -O "${#children[@]}" children < <(cat /proc/"$pid"/task/*/children 2>/dev/null | tr ' ' '\n' | grep . || true)
        kill -KILL "$pid" 2>/dev/null || true
    done
    for pid in "${children[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
}

remove_networks() { # octets of its /20: 10.213 16
    local line name address third
    ip -4 -o address show 2>/dev/null | while read -r line; do
        # shellcheck disable=SC2086 # words are wanted
        set -- $line
        name=$2 address=$4 third=${4#*.*.}
        third=${third%%.*}
        case $name in br-* | opsbr*) ;; *) continue ;; esac
        case $address in "$first.$second."*) ;; *) continue ;; esac
        [ "$third" -ge "$low" ] && [ "$third" -lt $((low + 16)) ] || continue
        ip link delete "$name" 2>/dev/null || true
    done
}

read_marker() { # number: sets folder owner started first second low
    { read -r folder && read -r owner && read -r started; } <"$markers/$1" || return 1
    place "$1"
}

place() { # number: which addresses it has
    first=10 second=$((213 + $1 / 16)) low=$(($1 % 16 * 16))
}

sweep() {
    local marker number
    for marker in "$markers"/[0-9]*; do
        [ -e "$marker" ] || continue
        number=${marker##*/}
        read_marker "$number" || { rm -f "$marker"; continue; }
        [ "$(start_of "$owner" || true)" != "$started" ] || continue
        # A folder that is not marked as this engine's is none of ours.
        if [ "$(cat "$folder/.opsmodule-engine" 2>/dev/null || true)" = "$number" ]; then
            end_processes "$folder"
            sleep 0.2
            awk -v folder="$folder/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do umount -l "$mount" 2>/dev/null || true; done
            rm -rf --one-file-system "$folder" 2>/dev/null || true
        fi
        remove_networks
        rm -f "$marker"
    done
}

prepare() { # folder pid
    local number
    for ((number = 0; number < 128; number++)); do
        place "$number"
        [ ! -e "$markers/$number" ] || continue
        # Addresses that somebody else has, whoever it is, are left to him.
        ! ip -4 -o route show | grep -qE "(^|[ ])$first\.$second\." || ip -4 -o route show | awk -v start="$first.$second." -v low="$low" '
            index($1, start) == 1 { split($1, part, /[.\/]/); if (part[3] >= low && part[3] < low + 16) taken = 1 } END { exit taken }' || continue
        ! ip link show "opsbr$number" >/dev/null 2>&1 || continue
        printf '%s\n%s\n%s\n' "$1" "$2" "$(start_of "$2")" >"$markers/$number"
        echo "$number" >"$1/.opsmodule-engine"
        ip link add "opsbr$number" type bridge
        ip address add "$first.$second.$low.1/24" dev "opsbr$number"
        ip link set "opsbr$number" up
        # Published ports are served by the engine's own proxy; rules of a firewall are shared by all engines of a machine.
        printf '%s\n' --bridge "opsbr$number" --fixed-cidr "$first.$second.$low.0/24" \
            --default-address-pool "base=$first.$second.$((low + 8)).0/21,size=26" --iptables=false
        return
    done
    echo "No addresses are left for one more Docker engine: see $markers." >&2
    exit 1
}

mkdir -p -m 700 "$markers"
exec 9>"$markers/lock"
flock 9
case $1 in
    prepare)
        sweep
        prepare "$2" "$3"
        ;;
    remove)
        number=$(cat "$2/.opsmodule-engine")
        read_marker "$number" && [ "$folder" = "$2" ] || { echo "$2 is no engine of $markers." >&2; exit 1; }
        remove_networks
        rm -f "$markers/$number"
        ;;
    *)
        echo "Say prepare or remove." >&2
        exit 1
        ;;
esac
