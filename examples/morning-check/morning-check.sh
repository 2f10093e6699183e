#!/usr/bin/env bash
# The morning check where no PowerShell is: the same commands, through ops.
# morning-check.sh ops.yaml [morning.html] [24h]
# It ends with 0 when nothing is Unhealthy or Unknown, and with 1 when something is, or could not be looked at.
set -euo pipefail
export OPS_ENVIRONMENT=${1:?the environment file}
path=${2:-morning.html} since=${3:-24h} ops=${OPS:-ops}

quoted() { printf "'%s'" "${1//\'/\'\'}"; }

exec "$ops" "& {
    Get-OpsBackup -Latest | Test-OpsBackup
    Test-OpsHealth -Samples 10
    Get-OpsService
    Get-OpsResourceUsage
    Get-OpsDiskUsage
    Get-OpsBackup -Latest
    Get-OpsLog -Since $(quoted "$since") -Errors
    Get-OpsEvent -Since $(quoted "$since")
    Get-OpsJournal -After $(quoted "$since")
} | Export-OpsReport $(quoted "$path") -Title 'Morning check' -Force -FailOnBad"
