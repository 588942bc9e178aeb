# shellcheck shell=bash
# The engine `libnode`, Debian's shared library of Node.js with V8 inside. Sourced by setup.sh.
#
# apt installs libnode-dev where it can. Where it cannot (no root, or a Node.js that did not come
# from Debian is in the way) the same packages, verified by apt, are unpacked below build/engines.
# shellcheck disable=SC2154  # engines and log: set by setup.sh

libnode_dir=build/engines/libnode

# The V8 of each series of Node.js that a Debian suite has had.
v8_of_series() {
  case $1 in
    18.20.4+dfsg*) echo 10.2 ;; # Debian 12
    20.*) echo 11.3 ;;          # Debian 13
    22.*) echo 12.4 ;;
    24.*) echo 13.6 ;;
  esac
}

libnode_ready() { libnode_unpacked || [[ -z $(missing libnode-dev) ]]; }

# MANIFEST comes into being with the whole tree; the size tells a library that was cut off later.
libnode_unpacked() {
  local size path
  [[ -f $libnode_dir/MANIFEST && -f $libnode_dir/usr/include/node/v8.h ]] || return 1
  read -r _ size path < <(grep '^library ' "$libnode_dir/MANIFEST") || return 1
  [[ $(stat -c %s "$libnode_dir/$path" 2>/dev/null) == "$size" ]]
}

setup_libnode() {
  if libnode_ready; then
    note "engine libnode: ready"
    return
  fi
  say "engine libnode: installing"
  if as_root && apt_update_once && libnode_fits_apt; then
    apt_install libnode-dev && check_series "$(dpkg-query -W -f '${Version}' libnode-dev)" \
      /usr/include/node && return
  fi
  unpack_libnode || {
    warn "engine libnode could not be had; the other engines still work"
    return 1
  }
}

# True where apt would install libnode-dev and neither remove a package nor change the Node.js
# that is installed.
libnode_fits_apt() {
  local plan
  plan=$(apt-get -s install --no-install-recommends --no-remove libnode-dev 2>>"$log") || return 1
  ! grep -qE '^(Remv |Inst nodejs \[)' <<<"$plan"
}

# The packages that a package depends on, one a line, of an alternative the first.
depends_of() {
  apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Depends: //p' | head -n 1 |
    sed 's/, */\n/g' | sed 's/[ :|].*//'
}

libnode_library() { depends_of libnode-dev | grep -m 1 -E '^libnode[0-9]'; }

# The libraries that libnode loads and that are not installed. Its node-* packages are scripts
# for the command `node`, of no use to an embedder.
libnode_lacking() {
  local names library
  libnode_ready && return
  library=$(libnode_library) || return 0
  mapfile -t names < <(depends_of "$library" | grep -E '^(lib|zlib1g)')
  missing "${names[@]}"
}

unpack_libnode() {
  local lacking library version tmp
  library=$(libnode_library) || {
    warn "apt does not know libnode-dev; renew its lists: sudo apt-get update"
    return 1
  }
  mapfile -t lacking < <(libnode_lacking)
  if ((${#lacking[@]})) && ! { as_root && apt_install "${lacking[@]}"; }; then
    warn "libnode needs: sudo apt-get install -y --no-install-recommends ${lacking[*]}"
    return 1
  fi
  version=$(apt-cache show --no-all-versions libnode-dev | sed -n 's/^Version: //p')
  tmp=$(mktemp -d "$engines/.tmp.XXXXXX")
  mkdir "$tmp/debs" "$tmp/tree"
  download_debs "$tmp/debs" "libnode-dev=$version" "$library=$version" || {
    warn "libnode-dev and $library $version could not be downloaded; is there a network?" \
      "If so, renew apt's lists: sudo apt-get update"
    return 1
  }
  fill_tree "$tmp" || return 1
  publish "$tmp/tree" "$libnode_dir" || return 1
  check_series "$version" "$libnode_dir/usr/include/node"
}

# apt checks signatures and sums; APT::Sandbox::User spares root a warning about its own folder.
download_debs() (
  cd "$1" || return 1
  shift
  logged apt-get -qq -o APT::Sandbox::User=root -o APT::Get::AllowUnauthenticated=false download "$@"
)

# Unpacks debs/ into tree/, tries the library and writes the manifest.
fill_tree() {
  local tmp=$1 deb so lost
  for deb in "$tmp"/debs/*.deb; do
    dpkg -x "$deb" "$tmp/tree" || return 1
    printf '%s %s sha256:%s\n' "$(dpkg-deb -f "$deb" Package)" "$(dpkg-deb -f "$deb" Version)" \
      "$(sha256sum <"$deb" | cut -d ' ' -f 1)" >>"$tmp/manifest" || return 1
  done
  so=$(cd "$tmp/tree" && realpath --relative-to=. usr/lib/*/libnode.so)
  lost=$(ldd "$tmp/tree/$so" | awk '/not found/ { print $1 }' | sort -u | xargs) || return 1
  if [[ -n $lost ]]; then
    warn "libnode.so does not load: $lost not found"
    return 1
  fi
  echo "library $(stat -c %s "$tmp/tree/$so") $so" >>"$tmp/manifest"
  mv "$tmp/manifest" "$tmp/tree/MANIFEST"
}

check_series() {
  local expected found
  expected=$(v8_of_series "$1")
  found=$(v8_version_of "$2")
  say "engine libnode: Node.js $1, V8 $found"
  if [[ -z $expected || $found != "$expected".* ]]; then
    warn "libnode $1 is of a series this project has not been tried with"
  fi
}
