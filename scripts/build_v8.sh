#!/usr/bin/env bash
# Builds the engine v8-checked: V8 13.6 with AddressSanitizer, its own checks, handle zapping and heap
# verification, from Debian's source package of Node.js 24. `--help` says the rest.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

packages=(clang-19 lld-19 libclang-rt-19-dev llvm-19 ninja-build python3 python3-jinja2 xz-utils)
suites=(forky sid) # of Debian, the first that has the package
stages=(source generate torque headers snapshot library install)
engine=$root/build/engines/v8-checked
kit=$root/scripts/v8
python=/usr/bin/python3 # the one that Debian's python3-jinja2 belongs to

help() {
  cat <<'TEXT'
usage: scripts/build_v8.sh [--source FILE] [--until STAGE] [DIR]

Builds V8 13.6 for the engine v8-checked, in DIR (default build/v8-checked, 1.5 GB), and puts it into
build/engines/v8-checked, where the preset asan finds it. 20 minutes on 2 cores, 1.5 GB of memory each.
x86-64 only. Broken off, it goes on where it was.

  source     fetch Debian's nodejs 24 by apt, signature checked, and unpack V8; apt's own set-up is
             left alone. --source FILE takes nodejs_24*.orig.tar.xz from there instead
  generate   inspector protocol and build.ninja
  torque     what V8's own code generators make
  headers    three precompiled headers
  snapshot   all of V8, and the snapshot of its heap        (the long one)
  library    libv8.so
  install    into build/engines

  --until STAGE  stop after that one
  JOBS=N         so many compilers at once (default: one for each processor)

Exit codes: 0 done, 2 usage, 3 something failed; the end of DIR/build.log tells what.
TEXT
}

main() {
  local source='' until=install folder=''
  while (($#)); do
    case $1 in
      --help | -h) help && exit 0 ;;
      --source) source=$(realpath -e "${2-}" 2>/dev/null) || usage_error "no such file: ${2-}" ; shift ;;
      --until) until=${2-} && shift ;;
      -*) usage_error "build_v8.sh: unknown option '$1'; see scripts/build_v8.sh --help" ;;
      *) [[ -z $folder ]] || usage_error "build_v8.sh: one folder only" ; folder=$1 ;;
    esac
    shift
  done
  [[ " ${stages[*]} " == *" $until "* ]] || usage_error "no stage '$until'; there are ${stages[*]}"
  [[ $(uname -m) == x86_64 ]] || die "this V8 is built for x86-64 only, this machine is $(uname -m)"
  check_packages
  if ! { mkdir -p "${folder:=$root/build/v8-checked}" && cd "$folder"; }; then
    die "cannot write to $folder"
  fi
  log=$PWD/build.log
  exec 9>>.lock
  flock -n 9 || die "another build runs in $PWD"
  local stage number=0
  for stage in "${stages[@]}"; do
    say "[$((++number))/${#stages[@]}] $stage"
    "stage_$stage"
    if [[ $stage == "$until" ]]; then break; fi
  done
}

check_packages() {
  local package lacking=()
  for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      lacking+=("$package")
  done
  if ((${#lacking[@]} == 0)); then return; fi
  if ((EUID != 0)); then
    die "Debian packages are missing. Run this, then try again:
  sudo apt-get install -y --no-install-recommends ${lacking[*]}"
  fi
  say "installing Debian packages: ${lacking[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends --no-remove \
    "${lacking[@]}" >/dev/null 2>&1 </dev/null || die "apt could not install: ${lacking[*]}"
}

# Runs a command with its output in the log; shows the end of it where the command fails.
logged() {
  "$@" >>"$log" 2>&1 </dev/null 9>&- && return
  tail -n 15 "$log" | sed 's/^/    /' >&2
  return 1
}

stage_source() {
  if [[ -f source/DONE ]]; then return; fi
  local archive=$source
  [[ -n $archive ]] || fetch_source
  say "unpacking ${archive##*/}"
  rm -rf source source.new && mkdir source.new
  logged tar -xJf "$archive" -C source.new --strip-components=1 --no-same-owner --wildcards \
    '*/deps/v8' '*/tools/v8_gypfiles' || die "$archive cannot be unpacked"
  [[ $(v8_version source.new/deps/v8/include) == 13.6.* ]] ||
    die "$archive has V8 $(v8_version source.new/deps/v8/include); this builds 13.6 only (Node.js 24)"
  basename "$archive" >source.new/DONE
  mv source.new source
}

v8_version() {
  awk '$2 ~ /^V8_(MAJOR_VERSION|MINOR_VERSION|BUILD_NUMBER|PATCH_LEVEL)$/ { v = v "." $3 }
       END { print substr(v, 2) }' "$1/v8-version.h" 2>/dev/null
}

# Sets `archive`. A newer suite than the machine's: with lists and a cache of its own, from the
# machine's own mirror, so that what apt knows of the machine does not change.
fetch_source() {
  local mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg suite options
  [[ -f $keys ]] || die "Debian's keys are missing: sudo apt-get install debian-archive-keyring"
  # shellcheck disable=SC2016  # these are apt's own names
  mirror=$(apt-get indextargets --format '$(SITE) $(ORIGIN)' 'Created-By: Packages' |
    awk '$2 == "Debian" && !/security/ { print $1; exit }')
  mkdir -p apt/lists/partial apt/cache/archives/partial
  options=(-o "Dir::Etc::sourcelist=$PWD/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache"
    -o APT::Sandbox::User=root -o APT::Get::AllowUnauthenticated=false)
  for suite in "${suites[@]}"; do
    echo "deb-src [signed-by=$keys] ${mirror:=http://deb.debian.org/debian} $suite main" >apt/sources.list
    logged apt-get -qq "${options[@]}" -o APT::Update::Error-Mode=any update ||
      die "Debian's $suite could not be read from $mirror; is there a network?"
    apt-cache "${options[@]}" showsrc nodejs 2>/dev/null | grep -q '^Version: 24\.' || continue
    say "fetching the source of nodejs 24 from Debian's $suite (24 MB)"
    (cd apt && logged apt-get -qq "${options[@]}" source --download-only --tar-only "nodejs/$suite") ||
      die "the source of nodejs could not be fetched"
    archive=$(find "$PWD/apt" -name 'nodejs_24*.orig.tar.xz' | sort -V | tail -n 1)
    return
  done
  die "Debian (${suites[*]}) has no Node.js 24 any more. Give its source yourself, with --source
  nodejs_24*.orig.tar.xz: https://snapshot.debian.org/package/nodejs/ keeps it"
}

stage_generate() {
  local v8=source/deps/v8 out=gen/inspector-generated-output-root
  mkdir -p "$out/src/inspector/protocol" "$out/include/inspector"
  out=$PWD/$out
  if [[ ! -f gen/inspector.done ]]; then
    (cd "$v8" && logged "$python" third_party/inspector_protocol/code_generator.py \
      --jinja_dir third_party --output_base "$out/src/inspector" \
      --config src/inspector/inspector_protocol_config.json \
      --config_value protocol.path=include/js_protocol.pdl \
      --inspector_protocol_dir third_party/inspector_protocol) ||
      die "the inspector's protocol could not be generated"
    touch gen/inspector.done
  fi
  logged "$python" "$kit/generate_ninja.py" "$PWD/source" || die "build.ninja could not be generated"
  say "$(tail -n 1 "$log")"
}

# Ninja's own progress line where there is a terminal, a line for each tenth otherwise.
build() {
  local code=0
  if [[ -t 2 ]]; then
    nice ninja -j "${JOBS:-$(nproc)}" "$@" 9>&- 2>&1 | tee -a "$log" >&2 || code=1
  else
    nice ninja -j "${JOBS:-$(nproc)}" "$@" 9>&- 2>&1 | tee -a "$log" | awk '
      match($0, /^\[[0-9]+\/[0-9]+\]/) {
        split(substr($0, 2, RLENGTH - 2), n, "/"); now = int(10 * n[1] / n[2])
        if (now != last) { last = now; print "  " $0 > "/dev/stderr" }
      }
      /error: |FAILED|ninja: / { print "  " $0 > "/dev/stderr" }' || code=1
  fi
  ((code == 0)) || die "the build failed; its output is in $log. Once mended, run this again"
}

stage_torque() { build torque.stamp bclist.stamp; }
stage_headers() { build pch_base.pch pch_csa.pch pch_comp.pch; }
stage_snapshot() { build mksnapshot && build snap.stamp; }
stage_library() { build libv8.so; }

stage_install() {
  local v8=source/deps/v8 tree=$root/build/engines/.tmp.v8-checked
  rm -rf "$tree" && mkdir -p "$tree/lib" "$tree/include/inspector"
  (cd "$v8/include" && find . -name '*.h' -print0 | tar --null -T - -cf -) | tar -C "$tree/include" -xf -
  cp gen/inspector-generated-output-root/include/inspector/*.h "$tree/include/inspector/"
  cp "$v8"/LICENSE* "$tree/"
  llvm-strip-19 --strip-debug -o "$tree/lib/libv8.so" libv8.so
  echo "built from $(<source/DONE)" >"$tree/SOURCE"
  rm -rf "$engine" && mv -T "$tree" "$engine"
  say "engine v8-checked: V8 $(v8_version "$engine/include"); try it:" \
    "scripts/run.sh --preset asan --engine v8-checked"
}

main "$@"
