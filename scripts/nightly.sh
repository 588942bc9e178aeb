#!/usr/bin/env bash
# What does not fit into a pull request's time: every size and seed of the catalog on every engine, those
# by request too, and the same under AddressSanitizer, on v8-checked where that is there. Same verdicts
# and exit codes as scripts/run.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  echo "usage: scripts/nightly.sh    the full profile, plain and under AddressSanitizer"
  exit 0
fi

status=0
scripts/setup.sh --quiet --engine 'node-*' || status=$?
scripts/run.sh --profile full --report json=build/nightly.json || status=$?
scripts/run.sh --matrix none,quarantine --report json=build/nightly-matrix.json || status=$?
scripts/test.sh --preset guard || status=$?
scripts/run.sh --preset asan --profile full --report json=build/nightly-asan.json || status=$?
exit "$status"
