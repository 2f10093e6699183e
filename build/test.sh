#!/usr/bin/env bash
# Runs every test: two xUnit projects and the Pester group. Its last line, and only that, is the sum.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

configuration=${OPS_CONFIGURATION:-Release}
results=out/test-results
passed=0 failed=0 skipped=0

add() { # passed failed skipped
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

close() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}

counter() { # file attribute: the number in the trx file's <Counters>
    sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

run_dotnet() { # project
    local trx=$results/$1.trx total ok bad
    echo
    echo "== $1"
    dotnet test "tests/$1/$1.csproj" -c "$configuration" --no-build --nologo \
        --logger "trx;LogFileName=$1.trx" --logger 'console;verbosity=minimal' --results-directory "$results" \
        --blame-hang-timeout 10m --blame-hang-dump-type none
    local code=$?
    if [ ! -s "$trx" ]; then
        echo "$1 ended (exit code $code) without a result."
        add 0 1 0
        return
    fi
    total=$(counter "$trx" total) ok=$(counter "$trx" passed) bad=$(counter "$trx" failed)
    if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then
        echo "$1 broke off (exit code $code)."
        bad=1 total=$((total + 1))
    fi
    if [ "$total" -eq 0 ]; then
        echo "$1 found no tests."
        add 0 1 0
        return
    fi
    add "$ok" "$bad" $((total - ok - bad))
}

run_pester() {
    local results_file=$results/pester.json
    echo
    echo "== Pester"
    "$OPS_PWSH" -NoProfile -File tests/Pester/Invoke-Tests.ps1 -ResultPath "$results_file"
    local code=$? ok bad left
    read -r ok bad left < <(sed -n 's/.*"Passed": *\([0-9]*\), *"Failed": *\([0-9]*\), *"Skipped": *\([0-9]*\).*/\1 \2 \3/p' "$results_file" 2>/dev/null)
    if [ -z "${ok:-}" ]; then
        echo "Pester ended (exit code $code) without a result."
        add 0 1 0
        return
    fi
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    add "$ok" "$bad" "$left"
}

rm -rf "$results"
mkdir -p "$results"
if ! bash build/compile.sh; then
    echo "The solution does not build."
    failed=1
    close
fi
run_dotnet OpsModule.Engine.Tests
run_dotnet OpsModule.Cmdlets.Tests
run_pester
echo
close
