# Shared by the scripts beside it; sourced, never run. Sets ROOT, the top of the source tree.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export ROOT

# say TEXT...: what the script does now, for people. On stderr, so that stdout stays data.
say() { printf '==> %s\n' "$*" >&2; }

# die TEXT...: says what went wrong and ends the script.
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# usage_of FILE: the comment at the top of a script, which is its help text.
usage_of() { awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$1"; }

# build_jobs: how many compilers to run at once. A file that includes LibTorch's headers takes
# about 1.5 GB, so memory limits it as well as cores do.
build_jobs() {
  local cores memory_kb jobs
  cores=$(nproc)
  memory_kb=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
  jobs=$((memory_kb / 1500000))
  ((jobs < 1)) && jobs=1
  ((jobs > cores)) && jobs=$cores
  echo "$jobs"
}
