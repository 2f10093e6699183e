#!/usr/bin/env bash
# Removes everything that was built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rm -rf out
find src tests bench -type d \( -name bin -o -name obj -o -name TestResults \) -prune -exec rm -rf {} +
echo "Clean."
