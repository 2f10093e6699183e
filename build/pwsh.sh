# shellcheck shell=bash
# Brings the PowerShell and the Pester that the repository pins. Exports OPS_PWSH, PowerShell's own program: the tool's `pwsh` is a shim with
# a child, which hands on no signal. Sourced by build.sh.

find_pwsh() {
    local log
    if [ -n "${OPS_PWSH:-}" ]; then export OPS_PWSH; return; fi
    log=$(dotnet tool restore 2>&1) || { echo "$log" >&2; echo "'dotnet tool restore' brings PowerShell (.config/dotnet-tools.json) and failed." >&2; exit 3; }
    # shellcheck disable=SC2016 # PowerShell's variable
    OPS_PWSH=$(dotnet pwsh -NoProfile -NonInteractive -Command 'Join-Path $PSHOME pwsh') || { echo "PowerShell was restored and does not start." >&2; exit 3; }
    export OPS_PWSH
}

# The folder of the pinned Pester, exported as OPS_PESTER.
find_pester() {
    local log packages version
    log=$(dotnet restore build/tools.proj -v quiet 2>&1) || { echo "$log" >&2; echo "'dotnet restore build/tools.proj' brings Pester and failed." >&2; exit 3; }
    packages=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
    version=$(sed -n 's/.*"Pester" Version="\[\(.*\)\]".*/\1/p' build/tools.proj)
    export OPS_PESTER=${packages%/}/pester/$version/tools
}
