#!/usr/bin/env bash
# Runs the seeded simulation on the project's own Node 24; arguments go to test/simulation/main.ts.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"
exec node --disable-warning=ExperimentalWarning test/simulation/main.ts "$@"
