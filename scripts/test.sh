#!/usr/bin/env bash
# Runs the whole test suite, installing from Debian's packages what the tests talk to when that is possible.
set -euo pipefail
cd "$(dirname "$0")/.."
exec node --no-node-snapshot --experimental-vm-modules --disable-warning=ExperimentalWarning \
  node_modules/jest/bin/jest.js "$@"
