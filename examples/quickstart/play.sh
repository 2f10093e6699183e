#!/usr/bin/env bash
# Plays a runbook through ./ops as a person would read it: each comment, each command, what it says and how long it took.
# play.sh runbook ops
set -uo pipefail
runbook=$1 ops=$2 failures=0

colour() { # code text
    if [ -t 1 ]; then printf '\e[%sm%s\e[0m\n' "$1" "$2"; else printf '%s\n' "$2"; fi
}

while IFS= read -r line <&3; do
    case $line in
        '') continue ;;
        '#'*) echo; colour 32 "$line"; continue ;;
    esac
    colour 36 "ops> $line"
    began=$(date +%s%N)
    case $line in
        psql*) eval "$line" ;;
        *) "$ops" "$line" ;;
    esac || failures=$((failures + 1))
    took=$((($(date +%s%N) - began) / 100000000))
    colour 90 "    $((took / 10)).$((took % 10)) s"
done 3<"$runbook"
[ "$failures" -eq 0 ]
