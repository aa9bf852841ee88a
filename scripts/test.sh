#!/usr/bin/env bash
# Runs the tests; arguments go to jest. What they need from the system besides Node is installed from Debian's packages
# where this user may do that; otherwise the tests that need it say so and are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
# The project's own Node 24 comes before the host's.
export PATH="$PWD/node_modules/.bin:$PATH"

# Compiled modules, for all processes that tests start: it halves the time of a start.
export NODE_COMPILE_CACHE="$PWD/node_modules/.cache/showrunner"

has_postgresql() {
  command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null
}

has_chromium() {
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

has_prometheus() {
  command -v prometheus >/dev/null
}

# 2.38 is the first whose merge-tree merges without a work tree.
has_git() {
  local found
  found="$(git --version 2>/dev/null | sed 's/[^0-9]*\([0-9.]*\).*/\1/')"
  [ -n "$found" ] && [ "$(printf '%s\n' 2.38 "$found" | sort -V | head -n 1)" = 2.38 ]
}

# Shows a process another clock.
has_faketime() {
  compgen -G "/usr/lib/*/faketime/libfaketimeMT.so.1" >/dev/null
}

# In one line; empty when nothing is missing.
missing_packages() {
  local missing=()
  has_postgresql || missing+=(postgresql)
  has_chromium || missing+=(chromium)
  has_prometheus || missing+=(prometheus)
  has_git || missing+=(git)
  has_faketime || missing+=(faketime)
  echo "${missing[*]-}"
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@"
}

read -r -a missing <<<"$(missing_packages)"
if [ "${#missing[@]}" -gt 0 ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "test.sh: installing ${missing[*]}" >&2
  log="$(mktemp)"
  install_packages "${missing[@]}" >"$log" 2>&1 || install_packages "${missing[@]}" >"$log" 2>&1 || cat "$log" >&2
  rm -f "$log"
  read -r -a missing <<<"$(missing_packages)"
fi
if [ "${#missing[@]}" -gt 0 ]; then
  echo "test.sh: some tests will be skipped; to run them: sudo apt-get install ${missing[*]}" >&2
fi

exec node --no-node-snapshot --experimental-vm-modules --disable-warning=ExperimentalWarning \
  node_modules/jest/bin/jest.js "$@"
