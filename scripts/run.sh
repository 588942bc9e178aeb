#!/usr/bin/env bash
# Sets up what is missing, builds, and runs the catalog: `handrail run` with these arguments.
# Ends with handrail's exit code. Paths in the arguments are relative to the caller's folder.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

parse_preset "$@"
case " ${rest[*]-} " in
  *" --help "* | *" -h "*)
    echo "scripts/run.sh [--preset dev|release|asan|guard] ARGUMENTS: sets up what is missing" \
      "(scripts/setup.sh), engines named by --engine among it, builds, then runs:" \
      "handrail run ARGUMENTS"
    [[ -x $bin/handrail ]] && exec "$bin/handrail" run --help
    echo "handrail is not built yet; run scripts/run.sh without --help to build it."
    exit 0
    ;;
esac
if [[ $preset == tsan ]]; then
  usage_error "the preset tsan builds tests, not workers: scripts/test.sh --preset tsan"
fi
setup_and_build

# Prints the presets whose workers have the instruments that are asked for. (The engine v8-checked is one
# of the preset asan only.)
wanted_builds() {
  local names='' whole=''
  while (($#)); do
    case $1 in
      --instrument | --matrix) names+=",${2-}" ;;
      --instrument=* | --matrix=*) names+=",${1#*=}" ;;
      --engine=v8-checked | -ev8-checked) names+=,asan ;;
      --engine | -e) [[ ${2-} != v8-checked ]] || names+=,asan ;;
      --profile) [[ ${2-} != matrix ]] || whole=1 ;;
      --profile=matrix) whole=1 ;;
    esac
    shift
  done
  if [[ $whole && $names != *[a-z]* ]]; then names=guard,asan; fi
  local name
  for name in guard asan; do
    [[ ",${names//+/,}," != *",$name,"* ]] || echo "$name"
  done
}

if [[ $preset == dev || $preset == release ]]; then
  for sibling in $(wanted_builds "${rest[@]}"); do
    (preset=$sibling build_target=handrail_workers setup_and_build) || exit
  done
fi
exec "$bin/handrail" run "${rest[@]}"
