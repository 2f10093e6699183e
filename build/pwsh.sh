# shellcheck shell=bash
# Finds PowerShell for the verbs that can use it, and exports its path as OPS_PWSH (empty: everything goes through ./ops). Sourced by build.sh.

find_pwsh() { # verb
    local tool=out/tools/pwsh failed=out/tools/no-pwsh
    OPS_PWSH=${OPS_PWSH:-$(command -v pwsh || true)}
    if [ -z "$OPS_PWSH" ] && [ "$OPS_INSTALL" = yes ] && [ ! -x "$tool" ] && [ ! -e "$failed" ]; then
        mkdir -p out/tools
        timeout 120 dotnet tool install PowerShell --tool-path out/tools >/dev/null 2>&1 || touch "$failed"
    fi
    [ -n "$OPS_PWSH" ] || [ ! -x "$tool" ] || OPS_PWSH=$PWD/$tool
    export OPS_PWSH
    if [ -z "$OPS_PWSH" ] && [ "$1" != build ]; then
        echo "PowerShell (pwsh) is not here and 'dotnet tool install' cannot bring it: everything goes through the host, ./ops."
    fi
}
