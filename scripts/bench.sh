#!/usr/bin/env bash
# Prints what Handrail itself costs, as ratios within one run: release build, then every program of
# bench/. Nothing here passes or fails; a missed target is printed as such.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  echo "usage: scripts/bench.sh    sets up, builds the release preset, prints costs as ratios"
  exit 0
fi

programs=(bench_trial bench_sampler bench_schedule_point bench_deferred bench_ledger bench_quarantine bench_channel
  bench_restart)
in_node=bench_tsfn-node-26 # an addon; needs that engine
node=build/engines/npm/node_modules/node-26/bin/node

scripts/setup.sh --quiet
say "building the benchmarks"
cmake --preset release >/dev/null
targets=(handrail handrail-worker-libnode "${programs[@]}")
[[ ! -x $node ]] || targets+=("$in_node")
cmake --build --preset release --target "${targets[@]}" >&2
load=$(cut -d' ' -f1 /proc/loadavg)
if awk -v load="$load" -v cores="$(nproc)" 'BEGIN { exit !(load > cores / 2) }'; then
  say "the machine is busy (load $load): ratios hold, single times do not"
fi
printf '%-52s %-26s %-12s %s\n' what measured target verdict
for program in "${programs[@]}"; do
  "build/release/bin/$program"
done
if [[ -x $node ]]; then
  "$node" "build/release/bin/$in_node.node"
  if command -v clang++-19 >/dev/null; then
    cmake --preset guard >/dev/null
    cmake --build --preset guard --target bench_guard-node-26 >&2
    "$node" build/guard/bin/bench_guard-node-26.node
  else
    say "clang-19 is not there (scripts/setup.sh --with-asan): the off-stack guard is not measured"
  fi
else
  say "engine node-26 is not there: nothing that runs inside a Node is measured"
fi
