# shellcheck shell=bash
# The engines `node-*`: stock Node.js binaries with their headers, from the npm registry, pinned
# and checksummed by package-lock.json beside this file. Sourced by setup.sh.
# shellcheck disable=SC2154  # engines, log, root: set by setup.sh and lib.sh

npm_source=scripts/engines
npm_dir=build/engines/npm

# The lock file and the size of every binary: what a stamp vouches for. Sizes, because reading
# 100 MB a binary for its sum would make every start slow.
npm_fingerprint() {
  sha256sum <"$npm_source/package-lock.json"
  (cd "$1" && stat -c '%n %s' node_modules/node-*/bin/node)
}

npm_engines_ready() {
  local stamp=$npm_dir/STAMP
  [[ -f $stamp && $(npm_fingerprint "$npm_dir" 2>/dev/null) == "$(<"$stamp")" ]]
}

on_x86_64() { [[ $(uname -m) == x86_64 ]]; }

# The Debian packages that these engines need where npm is not there.
npm_lacking() {
  if on_x86_64 && ! npm_engines_ready && ! command -v npm >/dev/null; then
    printf "%s\n" npm ca-certificates
  fi
}

setup_npm_engines() {
  if ! on_x86_64; then
    note "engines node-*: x86-64 only, this machine is $(uname -m); going on without"
    return
  fi
  if npm_engines_ready; then
    note "engines node-*: ready"
    return
  fi
  say "engines node-*: installing $(engine_names | xargs) by npm"
  { have_npm && install_npm_engines; } || {
    warn "engines $(engine_names | xargs) could not be had; the other engines still work"
    return 1
  }
}

engine_names() { grep -oE '"node-[0-9]+"' "$npm_source/package.json" | tr -d '"'; }

have_npm() {
  local lacking
  mapfile -t lacking < <(npm_lacking)
  if ((${#lacking[@]} == 0)) || { as_root && apt_install "${lacking[@]}"; }; then return; fi
  warn "npm is missing: sudo apt-get install -y --no-install-recommends ${lacking[*]}"
  return 1
}

install_npm_engines() {
  local tmp
  tmp=$(mktemp -d "$engines/.tmp.XXXXXX")
  chmod 755 "$tmp"
  cp "$npm_source"/{package.json,package-lock.json,.npmrc} "$tmp"
  npm_ci "$tmp" || {
    warn "npm ci failed; is there a network? Details: build/setup.log"
    return 1
  }
  try_engines "$tmp" || return 1
  npm_fingerprint "$tmp" >"$tmp/STAMP" && publish "$tmp" "$npm_dir"
}

# A user without a home folder gets a cache below build/.
npm_ci() (
  [[ -w ${HOME:-/nonexistent} ]] || export npm_config_cache=$root/build/.npm-cache
  cd "$1" || return 1
  logged npm ci --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000
)

# Requires every engine that package.json names to be whole and to start.
try_engines() {
  local name dir version
  for name in $(engine_names); do
    dir=$1/node_modules/$name
    if ! version=$("$dir/bin/node" --version 2>>"$log") || [[ ! -f $dir/include/node/v8.h ]]; then
      warn "$name was installed but does not start, or has no headers; see build/setup.log"
      return 1
    fi
    say "engine $name: Node.js ${version#v}, V8 $(v8_version_of "$dir/include/node")"
  done
}
