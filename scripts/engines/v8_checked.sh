# shellcheck shell=bash
# The engine `v8-checked`: V8 alone, with AddressSanitizer, its own checks and handle zapping. Sourced
# by setup.sh. scripts/build_v8.sh builds it from source; a ready one that lies beside the checkout is
# taken instead. Nothing depends on it: where there is neither, it is just not among the engines.
# shellcheck disable=SC2154  # engines, asked: set by setup.sh and lib.sh

v8_checked_dir=build/engines/v8-checked
v8_checked_ready_made=../shared/v8-checked/v8-checked.tar.xz

# Whole trees only are put there; SOURCE tells what one was made of.
v8_checked_ready() {
  [[ -f $v8_checked_dir/SOURCE && -f $v8_checked_dir/lib/libv8.so &&
    -f $v8_checked_dir/include/v8.h ]] || return 1
  [[ ! -f $v8_checked_ready_made || $(<"$v8_checked_dir/SOURCE") != "ready-made "* ||
    $(v8_checked_fingerprint) == "$(<"$v8_checked_dir/SOURCE")" ]]
}

v8_checked_fingerprint() { stat -c 'ready-made %s %Y' "$v8_checked_ready_made"; }

setup_v8_checked() {
  local tmp
  if v8_checked_ready; then
    note "engine v8-checked: ready"
    return
  fi
  if [[ ! -f $v8_checked_ready_made ]]; then
    if [[ " ${asked[*]-} " == *" v8-checked "* ]]; then
      warn "engine v8-checked is not there; scripts/build_v8.sh builds it (about 20 minutes)"
    fi
    return
  fi
  say "engine v8-checked: unpacking $v8_checked_ready_made"
  tmp=$(mktemp -d "$engines/.tmp.XXXXXX")
  if logged tar -xJf "$v8_checked_ready_made" -C "$tmp" --strip-components=1 \
    --no-same-owner --no-same-permissions &&
    [[ -f $tmp/lib/libv8.so ]] && v8_checked_fingerprint >"$tmp/SOURCE" &&
    chmod 755 "$tmp" && publish "$tmp" "$v8_checked_dir"; then
    say "engine v8-checked: V8 $(v8_version_of "$v8_checked_dir/include")"
  else
    warn "engine v8-checked could not be unpacked; the other engines still work"
    return 1
  fi
}
