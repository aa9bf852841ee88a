#!/usr/bin/env bash
# Runs one benchmark suite on the project's own Node 24; arguments go to test/bench/main.ts.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"
exec node --disable-warning=ExperimentalWarning test/bench/main.ts "$@"
