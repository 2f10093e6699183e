#!/usr/bin/env bash
# Measures the attack rules on data sets: recall for each category and rendering, false positives at each confidence.
#   bench/attack-quality.sh FOLDER... [--rules FOLDER] [--misses CATEGORY] [--alarms]
# A folder has attack.tsv (category, tab, payload) and benign.log, or one of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec dotnet run --project bench/attack-quality -c Release --nologo -- "$@"
