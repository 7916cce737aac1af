#!/usr/bin/env bash
# Runs Triton's perf_analyzer against a fovead that runs already, over the Open Inference Protocol.
# The first run gets it from the Python index, and on a Debian whose C library is too old for it,
# the libraries of Debian 13 from this machine's own mirror. All of it stays in
# .cache/perf-analyzer: nothing is installed.
#
# Usage: tests/bench/perf_analyzer.sh [-h | --help] ARGUMENTS...
#   ARGUMENTS go to perf_analyzer; `-i grpc` is there already, and where no --input-data is given,
#   `--input-data zero`: by itself it sends random bytes as numbers, some of which are not finite,
#   and fovead refuses those.
#
# Examples:
#   tests/bench/perf_analyzer.sh -u 127.0.0.1:8500 -m dr --concurrency-range 1:16:5
#       tensors: images/s and latencies with 1, 6, 11 and 16 requests under way
#   tests/bench/perf_analyzer.sh -u 127.0.0.1:8500 -m dr-image --input-data eye.json
#       files; docs/open-inference-protocol.md says how to make eye.json of a photograph
#
# Environment: FOVEA_PIP_ARGS as for scripts/bootstrap.sh.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
case "${1:-}" in
  '' | -h | --help) usage_of "$0"; exit 0 ;;
esac

VERSION=2.60.0
OLDEST_LIBC=2.38
SUITE=trixie
LIBRARIES=(libc6 libgcc-s1 libssl3t64 libstdc++6 libzstd1 zlib1g)
CACHE="$ROOT/.cache/perf-analyzer"
PROGRAM="$CACHE/perf_analyzer/bin/perf_analyzer"

get_program() {
  [[ -x "$PROGRAM" ]] && return 0
  say "getting perf_analyzer $VERSION"
  local work
  work=$(mktemp -d)
  # FOVEA_PIP_ARGS is a list of words.
  # shellcheck disable=SC2086
  "$ROOT/.venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps \
    --only-binary=:all: --platform "manylinux_${OLDEST_LIBC/./_}_$(uname -m)" --dest "$work" \
    ${FOVEA_PIP_ARGS:-} "perf-analyzer==$VERSION" ||
    die "pip could not get perf-analyzer $VERSION (an index goes into FOVEA_PIP_ARGS)"
  mkdir -p "$CACHE"
  "$ROOT/.venv/bin/python" -m zipfile -e "$work"/perf_analyzer-*.whl "$CACHE"
  chmod +x "$PROGRAM"
  rm -rf "$work"
}

# Whether this machine's C library is one that perf_analyzer runs with.
libc_is_new() {
  local here
  here=$(ldd --version | awk 'NR == 1 { print $NF }')
  [[ "$(printf '%s\n' "$OLDEST_LIBC" "$here" | sort -V | head -1)" == "$OLDEST_LIBC" ]]
}

# The mirror that this machine gets Debian from.
mirror() {
  # apt fills in what looks like a variable here.
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -1
}

# apt of its own, which knows nothing but $SUITE and of no installed package. apt_of DIR COMMAND...
apt_of() {
  local dir="$1"
  shift
  apt-get -q -o Dir::State="$dir/state" -o Dir::State::status="$dir/status" \
    -o Dir::Cache="$dir/cache" \
    -o Dir::Etc::sourcelist="$dir/$SUITE.list" -o Dir::Etc::sourceparts=/dev/null \
    -o APT::Sandbox::User="$(id -un)" "$@" >&2
}

get_libraries() {
  [[ -e "$CACHE/root/.complete" ]] && return 0
  local uri work
  uri=$(mirror)
  [[ -n "$uri" ]] || die "the C library is older than $OLDEST_LIBC, and apt knows no Debian mirror" \
    "to get a newer one from; run this on Debian 13"
  say "getting the libraries of Debian $SUITE"
  work=$(mktemp -d)
  mkdir -p "$work"/{state/lists/partial,cache/archives/partial,debs} "$CACHE/root"
  touch "$work/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $SUITE main" \
    >"$work/$SUITE.list"
  apt_of "$work" update || die "apt could not read $SUITE from this machine's mirror"
  (cd "$work/debs" && apt_of "$work" download "${LIBRARIES[@]}") || die "apt could not get" \
    "${LIBRARIES[*]}"
  for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$CACHE/root"; done
  touch "$CACHE/root/.complete"
  rm -rf "$work"
}

arguments=(-i grpc "$@")
[[ " $* " == *" --input-data"[\ =]* ]] || arguments+=(--input-data zero)
get_program
if libc_is_new; then
  exec "$PROGRAM" "${arguments[@]}"
fi
get_libraries
libraries="$CACHE/root/usr/lib/$(uname -m)-linux-gnu"
exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$PROGRAM" "${arguments[@]}"
