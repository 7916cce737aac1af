#!/usr/bin/env bash
# Makes the Python environment of the benchmarks in build/bench-venv: peers to compare with
# (tests/bench/peers/requirements.txt) and plots. Torch is taken from .venv, not installed again.
# Does nothing, and needs no network, where it was made before.
#
# Usage: scripts/bench_env.sh [-h | --help]
#
# Environment:
#   FOVEA_PIP_ARGS  more arguments for pip, for instance --index-url URL or --find-links DIR
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case "${1:-}" in
  '') ;;
  -h | --help) usage_of "$0"; exit 0 ;;
  *) echo "error: unknown option $1; see scripts/bench_env.sh --help" >&2; exit 2 ;;
esac

REQUIREMENTS="$ROOT/tests/bench/peers/requirements.txt"
DIR="$ROOT/build/bench-venv"
stamp=$(sha256sum <"$REQUIREMENTS")
[[ "$(cat "$DIR/.fovea-stamp" 2>/dev/null)" == "$stamp" ]] && exit 0

torch=("$ROOT"/.venv/lib/python3*/site-packages)
[[ -d "${torch[0]}/torch" ]] || die "there is no torch in .venv; run scripts/bootstrap.sh"
say "installing the peers of the benchmarks in ${DIR#"$ROOT"/}"
/usr/bin/python3 -m venv --clear "$DIR"
# FOVEA_PIP_ARGS is a list of words.
# shellcheck disable=SC2086
"$DIR/bin/python" -m pip install --quiet --disable-pip-version-check ${FOVEA_PIP_ARGS:-} \
  -r "$REQUIREMENTS" || die "pip could not install the peers; an index or a folder of wheels" \
  "goes into FOVEA_PIP_ARGS"
# Folders in .pth files come after the environment's own packages.
site=("$DIR"/lib/python3*/site-packages)
printf '%s\n' "${torch[0]}" >"${site[0]}/torch_of_fovea.pth"
printf '%s\n' "$stamp" >"$DIR/.fovea-stamp"
