#!/usr/bin/env bash
# Builds the solution: the module in out/OpsModule, the host in out/ops.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

configuration=${OPS_CONFIGURATION:-Release}
echo "Building ($configuration)"
# Without build servers, so that nothing stays running when the build is over.
dotnet build OpsModule.sln --disable-build-servers -c "$configuration" --nologo -v quiet -tl:off
