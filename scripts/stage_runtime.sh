#!/usr/bin/env bash
# Copies what fovead needs to run from a build into one folder: the programs, LibTorch's shared
# libraries that they load, and debian-packages.txt, the Debian packages of all others.
#
# Usage: scripts/stage_runtime.sh BUILD_DIR TARGET_DIR
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
case "${1:-}" in -h | --help) usage_of "$0"; exit 0 ;; esac
(($# == 2)) || { usage_of "$0" >&2; exit 2; }
build="$1" target="$2"
programs=(fovead fovea-trainer fovea)

install -d "$target/bin" "$target/lib"
for program in "${programs[@]}"; do
  [[ -x "$build/bin/$program" ]] || die "$build/bin/$program is missing; build it first"
  install -s -m 0755 "$build/bin/$program" "$target/bin/$program"
done

# Every shared library, by its path; those of no Debian package are LibTorch's. The CUDA wheel
# opens more at run time, so all beside libtorch come along when it is that one.
mapfile -t libraries < <(ldd "${programs[@]/#/$build/bin/}" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u)
ldd "${programs[@]/#/$build/bin/}" | grep 'not found' && die "shared libraries are missing"
packages=()
for library in "${libraries[@]}"; do
  # On a merged /usr, the package may list the file as /lib/... or /usr/lib/...
  real=$(realpath "$library")
  # dpkg-query fails when it does not know one of them.
  owner=$({ dpkg-query -S "$library" "$real" "${real#/usr}" 2>/dev/null || true; } | head -1 | cut -d: -f1)
  if [[ -n "$owner" ]]; then
    packages+=("$owner")
  else
    install -m 0644 "$library" "$target/lib/"
    if [[ $(basename "$library") == libtorch_cuda.so ]]; then
      cp -a "$(dirname "$library")/." "$target/lib/"
    fi
  fi
done
printf '%s\n' ca-certificates "${packages[@]}" | sort -u >"$target/debian-packages.txt"
say "staged $(du -sh "$target" | cut -f1) in $target, $(wc -l <"$target/debian-packages.txt") Debian packages"
