#!/usr/bin/env bash
# The hourly look for attacks where no PowerShell is: the same commands, through ops.
# hourly-security-scan.sh ops.yaml attacks.json [attacks.html [blocked.conf [Nginx [access.log*]]]]
# Without files the services of the environment are looked into. It ends with 0 when all was done, whatever was found, else with another code.
set -euo pipefail
export OPS_ENVIRONMENT=${1:?the environment file}
baseline=${2:?the file that remembers what was seen} report=${3:-} list=${4:-} as=${5:-Nginx} ops=${OPS:-ops}

quoted() { printf "'%s'" "${1//\'/\'\'}"; }

logs=
for file in "${@:6}"; do logs+="${logs:+, }$(quoted "$file")"; done
logs=${logs:+-Path $logs}
code=0

"$ops" "Find-OpsAttackPattern $logs -Baseline $(quoted "$baseline") | Measure-OpsAttack -Top 100 | Send-OpsAlert" || code=$?
if [ -n "$report" ]; then "$ops" "Measure-OpsAttack $logs -Since 1d -Top 100 | Export-OpsReport $(quoted "$report") -Title Attacks -Force" || code=$?; fi
if [ -n "$list" ]; then "$ops" "Measure-OpsAttack $logs -Since 1d -Top 1000 | Export-OpsBlockList $(quoted "$list") -As $as -MinMatches 20" || code=$?; fi
exit "$code"
