#!/usr/bin/env bash
# Sets up what is missing, builds, and runs ctest, whose summary is the last output and whose
# exit code is the script's.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parse_preset "$@"
if [[ ${rest[0]-} == --help || ${rest[0]-} == -h ]]; then
  echo "usage: scripts/test.sh [--preset dev|release|asan|tsan|guard] [ctest arguments, e.g. -R judge]"
  exit 0
fi
setup_and_build
cd "$root"
exec ctest --preset "$preset" "${rest[@]}"
