# shellcheck shell=bash
# Shared by the scripts of this folder: sourced, never run.
#
# What the scripts say goes to stderr, so that stdout carries only what handrail or ctest print.
# Exit codes are handrail's: 2 usage, 3 set-up or build failed.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '%s\n' "handrail: $*" >&2; }
warn() { printf '%s\n' "handrail: warning: $*" >&2; }
die() { printf '%s\n' "handrail: error: $*" >&2; exit 3; }
usage_error() { printf '%s\n' "handrail: error: $*" >&2; exit 2; }

# Reads a leading `--preset NAME`. Sets `preset`, `rest` (the other arguments) and `bin`.
# shellcheck disable=SC2034  # rest and bin are read by the sourcing script
parse_preset() {
  preset=dev
  rest=("$@")
  case ${1-} in
    --preset) preset=${2-} rest=("${@:3}") ;;
    --preset=*) preset=${1#*=} rest=("${@:2}") ;;
  esac
  case $preset in
    dev) bin=$root/build/bin ;;
    release | asan | tsan | guard) bin=$root/build/$preset/bin ;;
    *) usage_error "unknown preset '$preset'; there are dev, release, asan, tsan and guard" ;;
  esac
}

# The engines that `rest` names, as options for setup.sh: set up on first use.
engines_asked() {
  local i
  for ((i = 0; i < ${#rest[@]}; ++i)); do
    case ${rest[i]} in
      --engine | -e) printf '%s\n' --engine "${rest[++i]-}" ;;
      --engine=*) printf '%s\n' "${rest[i]}" ;;
      -e?*) printf '%s\n' --engine "${rest[i]#-e}" ;;
      --) return ;;
    esac
  done
}

# Sets up, configures and builds `preset`, all of it or `build_target`. Two runs at once wait for each
# other: Ninja itself has no lock. The caller's folder stays the current one.
setup_and_build() {
  local setup=(--quiet)
  case $preset in
    [at]san) setup+=("--with-$preset") ;;
    guard) setup+=(--with-asan) ;; # the same compiler
  esac
  mapfile -t -O "${#setup[@]}" setup < <(engines_asked)
  "$root/scripts/setup.sh" "${setup[@]}"
  mkdir -p "$root/build"
  (
    cd "$root" || exit 3
    flock 9
    configure
    say "build (preset $preset)"
    cmake --build --preset "$preset" ${build_target:+--target "$build_target"} >&2 || die "the build failed (preset $preset)"
  ) 9>"$root/build/.$preset.lock"
}

configure() {
  local log=build/$preset-configure.log
  say "configure (preset $preset)"
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    die "CMake could not configure preset $preset; its output is above and in $log"
  fi
}
