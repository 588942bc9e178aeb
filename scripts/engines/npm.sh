# shellcheck shell=bash
# The engines `node-*`: stock Node.js binaries with their headers, from the npm registry, pinned
# and checksummed by package-lock.json beside this file. Sourced by setup.sh.
#
# One is set up by default, the others when they are asked for by name; from then on they stay, and
# follow the lock file. Each has a tree of its own below $npm_dir/node_modules.
# shellcheck disable=SC2154  # engines, log, root: set by setup.sh and lib.sh

npm_source=scripts/engines
npm_dir=build/engines/npm
npm_default=(node-26)

npm_known() { grep -oE '"node-[0-9]+"' "$npm_source/package.json" | tr -d '"'; }

# What the lock file says of an engine, and the size of its binary: what a stamp vouches for. The
# size, because reading 100 MB for their sum would make every start slow.
npm_fingerprint() {
  grep -A 3 "\"node_modules/$1\"" "$npm_source/package-lock.json" | grep '"integrity"' || return 1
  stat -c %s "$2/bin/node"
}

npm_engine_ready() {
  local tree=$npm_dir/node_modules/$1
  [[ -f $tree/STAMP && $(npm_fingerprint "$1" "$tree" 2>/dev/null) == "$(<"$tree/STAMP")" ]]
}

npm_any_ready() {
  local name
  for name in $(npm_known); do
    if npm_engine_ready "$name"; then return; fi
  done
  return 1
}

# The engines to be there: those of every machine, those that were asked for once, those named now.
npm_wanted() {
  local name
  for name in $(npm_known); do
    if [[ " ${npm_default[*]} $* " == *" $name "* || -d $npm_dir/node_modules/$name ]]; then
      echo "$name"
    fi
  done
}

npm_to_do() {
  local name
  for name in $(npm_wanted "$@"); do
    npm_engine_ready "$name" || echo "$name"
  done
}

on_x86_64() { [[ $(uname -m) == x86_64 ]]; }

# The Debian packages that these engines need where npm is not there.
npm_lacking() {
  if on_x86_64 && [[ -n $(npm_to_do) ]] && ! command -v npm >/dev/null; then
    printf "%s\n" npm ca-certificates
  fi
}

# Sets up what is wanted, the named engines among it. Fails where one could not be had.
setup_npm_engines() {
  local todo
  if ! on_x86_64; then
    note "engines node-*: x86-64 only, this machine is $(uname -m); going on without"
    return
  fi
  mapfile -t todo < <(npm_to_do "$@")
  if ((${#todo[@]} == 0)); then
    note "engines $(npm_wanted "$@" | xargs): ready"
    return
  fi
  say "engines node-*: installing ${todo[*]} by npm"
  { have_npm && install_npm_engines "${todo[@]}"; } || {
    warn "engines ${todo[*]} could not be had; the other engines still work"
    return 1
  }
}

have_npm() {
  if command -v npm >/dev/null || { as_root && apt_install npm ca-certificates; }; then return; fi
  warn "npm is missing: sudo apt-get install -y --no-install-recommends npm ca-certificates"
  return 1
}

install_npm_engines() {
  local tmp name
  tmp=$(mktemp -d "$engines/.tmp.XXXXXX")
  chmod 755 "$tmp"
  cp "$npm_source/.npmrc" "$tmp"
  if ! { cut_down package.json "$tmp" "$@" && cut_down package-lock.json "$tmp" "$@" &&
    npm_ci "$tmp"; }; then
    warn "npm ci failed; is there a network? Details: build/setup.log"
    return 1
  fi
  mkdir -p "$npm_dir/node_modules"
  rm -f "$npm_dir"/{STAMP,package.json,package-lock.json,.npmrc} # of set-ups that knew one tree only
  for name; do
    try_engine "$name" "$tmp/node_modules/$name" || return 1
    npm_fingerprint "$name" "$tmp/node_modules/$name" >"$tmp/node_modules/$name/STAMP" &&
      publish "$tmp/node_modules/$name" "$npm_dir/node_modules/$name" || return 1
  done
}

# Both files with nothing but the named engines in them: npm ci takes all or nothing. Where npm is,
# node is.
cut_down() {
  local file=$1 into=$2
  shift 2
  logged node -e '
    const [from, to, ...names] = process.argv.slice(1);
    const json = JSON.parse(require("fs").readFileSync(from));
    const keep = (all, prefix) => {
      for (const key of Object.keys(all)) {
        if (key.startsWith(prefix) && !names.includes(key.slice(prefix.length))) delete all[key];
      }
    };
    if (json.packages) keep(json.packages, "node_modules/");
    keep((json.packages ? json.packages[""] : json).dependencies, "");
    require("fs").writeFileSync(to, JSON.stringify(json, null, 2));
  ' "$npm_source/$file" "$into/$file" "$@"
}

# A user without a home folder gets a cache below build/.
npm_ci() (
  [[ -w ${HOME:-/nonexistent} ]] || export npm_config_cache=$root/build/.npm-cache
  cd "$1" || return 1
  logged npm ci --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000
)

# Requires an engine to be whole and to start.
try_engine() {
  local name=$1 dir=$2 version
  if ! version=$("$dir/bin/node" --version 2>>"$log") || [[ ! -f $dir/include/node/v8.h ]]; then
    warn "$name was installed but does not start, or has no headers; see build/setup.log"
    return 1
  fi
  say "engine $name: Node.js ${version#v}, V8 $(v8_version_of "$dir/include/node")"
}
