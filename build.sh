#!/usr/bin/env bash
# Brings the PowerShell that .config/dotnet-tools.json pins and hands over to build.ps1, where all the work is.  ./build.sh help
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
manifest=$here/.config/dotnet-tools.json wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$here/global.json")
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 POWERSHELL_TELEMETRY_OPTOUT=1

stop() { echo "build.sh: $1" >&2; exit 3; }
in_house() { (cd "$here" && "$@" 2>&1); } # what dotnet says depends on the folder: global.json, the manifest

command -v dotnet >/dev/null || stop "The .NET SDK $wanted or newer is missing (global.json): https://dotnet.microsoft.com/download"
log=$(in_house dotnet --version) || case $log in
    *global.json*) stop "The .NET SDK $wanted or newer is missing (global.json); 'dotnet --list-sdks' shows what there is: https://dotnet.microsoft.com/download" ;;
    *) stop "'dotnet --version' fails: $(printf '%s\n' "$log" | grep . | head -n 1)" ;;
esac
if [ -z "${OPS_PWSH:-}" ]; then
    [ -r "$manifest" ] || stop "The tool manifest $manifest is missing or cannot be read: 'git checkout .config' brings it back."
    if ! log=$(in_house dotnet tool restore --tool-manifest "$manifest"); then
        case $log in
            *[Dd]enied* | *'Read-only file system'* | *"doesn't have write access"*) why='it may not write where packages are kept' ;;
            *'service index'* | *NU1301* | *'could not be found on'*) why='no package source answers (is there a network?)' ;;
            *) why='it says' ;;
        esac
        stop "'dotnet tool restore' brings PowerShell and failed; $why: $(printf '%s\n' "$log" | grep . | head -n 1)"
    fi
    # The tool's own 'pwsh' is a shim with a child, which hands on no signal.
    OPS_PWSH=$(in_house dotnet pwsh -NoProfile -NonInteractive -Command 'Join-Path $PSHOME pwsh') || stop "PowerShell was restored and does not start: $OPS_PWSH"
fi
export OPS_PWSH
exec "$OPS_PWSH" -NoProfile -File "$here/build.ps1" "$@"
