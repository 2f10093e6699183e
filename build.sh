#!/usr/bin/env bash
# Builds, shows, tests and measures OpsModule.  ./build.sh [--no-install] [verb]      (./build.sh --help)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'TEXT'
./build.sh [--no-install] [verb]

  build        builds the solution: the module in out/OpsModule, the host in out/ops
  quickstart   builds, then backs up, loses, restores and drills a sample application (the default)
  test         builds, then runs every test and prints "N passed, N failed, N skipped"
  bench        builds, then times OpsModule side by side with other tools (needs a quiet machine)
  clean        removes everything that was built

  --no-install only reports what is missing on this machine, instead of installing it with apt
TEXT
}

install=yes
verb=
for argument in "$@"; do
    case $argument in
        --no-install) install=no ;;
        -h | --help | help) usage; exit 0 ;;
        build | quickstart | test | bench | clean)
            [ -z "$verb" ] || { echo "One verb at a time: '$verb' and '$argument' were given." >&2; exit 2; }
            verb=$argument ;;
        *) echo "Unknown argument '$argument'." >&2; usage >&2; exit 2 ;;
    esac
done
verb=${verb:-quickstart}
export OPS_INSTALL=$install

. build/packages.sh
. build/pwsh.sh

case $verb in
    clean) exec bash build/clean.sh ;;
    build) require_dotnet; provide_packages "$verb" ;;
    *) require_dotnet; provide_packages "$verb"; find_pwsh ;;
esac
case $verb in
    build) bash build/compile.sh ;;
    quickstart) bash build/compile.sh; bash examples/quickstart/quickstart.sh ;;
    test) find_pester; bash build/test.sh ;;
    bench) bash build/compile.sh; bash bench/run.sh ;;
esac
