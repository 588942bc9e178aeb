#!/usr/bin/env bash
# Installs what building and running Handrail needs. Safe to repeat: a step that is already done
# costs no network. `--help` says the rest.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/engines/libnode.sh
. "$root/scripts/engines/libnode.sh"
# shellcheck source=scripts/engines/npm.sh
. "$root/scripts/engines/npm.sh"
# shellcheck source=scripts/engines/v8_checked.sh
. "$root/scripts/engines/v8_checked.sh"

packages=(cmake ninja-build g++ binutils python3 pkg-config ccache libuv1-dev nlohmann-json3-dev libcli11-dev
  libabsl-dev libgtest-dev libgmock-dev libbenchmark-dev libgoogle-perftools-dev)
clang_packages=(clang-19 libclang-rt-19-dev llvm-19) # llvm-19: the symbolizer of sanitizer reports

quiet=
with_asan=
asked=() # engines, by name
engines=build/engines
log=$root/build/setup.log # what apt, dpkg and npm said

help() {
  cat <<'TEXT'
usage: scripts/setup.sh [--engine GLOB]... [--with-asan] [--with-tsan] [--quiet]

Installs, where missing:
  1. Debian packages      by apt as root; otherwise the command to run is printed
  2. engine libnode       libnode-dev by apt, else unpacked below build/engines/libnode
  3. engine node-26       by npm ci with a lock file, below build/engines/npm (x86-64 only)

  --engine GLOB also the engines of these names, for instance node-22 or 'node-*'; once there, an
                engine stays and is part of every build
  --with-asan   also clang-19 with its sanitizers, for the asan preset, and the engine v8-checked
                where it lies ready (see scripts/build_v8.sh --help)
  --with-tsan   clang-19 for the tsan preset
  --quiet       say nothing about steps that are already done

An engine that cannot be had is a warning as long as another is there. To fetch the engines
afresh, remove build/engines. Exit codes: 0 ready, 2 usage, 3 something is missing.
TEXT
}

main() {
  cd "$root"
  while (($#)); do
    case $1 in
      --help | -h) help && exit 0 ;;
      --with-asan) packages+=("${clang_packages[@]}") with_asan=1 ;;
      --with-tsan) packages+=("${clang_packages[@]}") ;;
      --engine) ask_for "${2-}" && shift ;;
      --engine=*) ask_for "${1#*=}" ;;
      --quiet) quiet=1 ;;
      *) usage_error "setup.sh: unknown option '$1'; see scripts/setup.sh --help" ;;
    esac
    shift
  done
  command -v dpkg-query apt-get >/dev/null ||
    die "set-up knows only Debian's apt. Install by your own means: ${packages[*]}"
  take_lock
  setup_packages
  setup_libnode || true
  setup_npm_engines "${asked[@]}" || lacking_asked node-
  if [[ -n $with_asan ]]; then setup_v8_checked || true; fi
  require_an_engine
}

# What `glob` means among the engines that can be set up by name. Others are the build's business.
ask_for() {
  local glob=$1 name any=
  [[ -n $glob ]] || usage_error "setup.sh: --engine wants a name, for instance node-22"
  for name in libnode $(npm_known) v8-checked; do
    # shellcheck disable=SC2053  # it is a glob
    if [[ $name == $glob ]]; then asked+=("$name") any=1; fi
  done
  [[ -n $any ]] || note "no engine to set up for '$glob'"
}

# Whoever asks for an engine by name gets no run without it.
lacking_asked() {
  if [[ " ${asked[*]-}" == *" $1"* ]]; then die "an engine that was asked for could not be set up"; fi
}

# Steps that are done already are told by `note`, work that begins by `say`.
note() { [[ -n $quiet ]] || say "$@"; }

as_root() { ((EUID == 0)); }

take_lock() {
  mkdir -p "$engines" 2>/dev/null || die "cannot write to $root/build"
  [[ -w build && -w $engines ]] || die "cannot write to $root/build (made by another user?)"
  exec 9>>build/.setup.lock
  if ! flock -n 9; then
    say "waiting for another set-up"
    flock 9
  fi
  remove_scraps # a set-up that was killed may have left some
  trap remove_scraps EXIT
  : >"$log"
}

remove_scraps() { rm -rf "$engines"/.tmp.*; }

# Runs a command with its output in the log; shows the end of it where the command fails.
logged() {
  local from code=0
  from=$(stat -c %s "$log")
  "$@" >>"$log" 2>&1 </dev/null 9>&- || code=$?
  if ((code)); then tail -c "+$((from + 1))" "$log" | tail -n 12 | sed 's/^/    /' >&2; fi
  return "$code"
}

# Prints those of the named packages that are not installed.
missing() {
  local have package
  have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for package; do
    [[ $'\n'$have$'\n' == *$'\n'"installed $package"$'\n'* ]] || echo "$package"
  done
}

apt_updated=
apt_update_once() {
  [[ -z $apt_updated ]] || return 0
  apt_updated=1
  say "reading Debian's package lists"
  logged apt-get -qq -o DPkg::Lock::Timeout=300 update || warn "the package lists could not be renewed"
}

# Nothing is ever removed: a Node.js from elsewhere stays as it is.
apt_install() {
  apt_update_once
  DEBIAN_FRONTEND=noninteractive logged apt-get install -qq -y --no-install-recommends --no-remove \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@"
}

setup_packages() {
  local lacking
  mapfile -t lacking < <(missing "${packages[@]}")
  if ((${#lacking[@]} == 0)); then
    note "Debian packages: all there"
    return
  fi
  if ! as_root; then
    # All that root has to do, in one command.
    mapfile -t -O "${#lacking[@]}" lacking < <(libnode_lacking; npm_lacking)
    die "Debian packages are missing. Run this, then try again:
  sudo apt-get install -y --no-install-recommends ${lacking[*]}"
  fi
  say "installing Debian packages: ${lacking[*]}"
  apt_install "${lacking[@]}" || die "apt could not install: $(missing "${packages[@]}" | xargs)
  See the lines above; without a network, install them from elsewhere and try again."
}

# Puts a whole, checked tree in its place by renaming, so that no half of one is ever seen there.
publish() {
  local tree=$1 place=$2
  if [[ -e $place ]]; then mv -T "$place" "$tree.old"; fi
  mv -T "$tree" "$place"
}

# V8's version as its header says, e.g. 10.2.154.26.
v8_version_of() {
  awk '$2 ~ /^V8_(MAJOR_VERSION|MINOR_VERSION|BUILD_NUMBER|PATCH_LEVEL)$/ { v = v "." $3 }
       END { print substr(v, 2) }' "$1/v8-version.h"
}

require_an_engine() {
  if ! libnode_ready && ! npm_any_ready; then
    die "no engine could be set up; mend one of the warnings above, then try again"
  fi
}

main "$@"
