#!/usr/bin/env bash
# Builds one measurement and runs it; docs/results.md has figures. Close other programs first: times
# mean little on a busy machine.
#
# Usage: scripts/bench.sh NAME [options of the program]
#   train-step          a training step against PyTorch in Python (goal: ratio up to 1.15)
#   cache-memory COUNT  peak memory of building the cache of so many photographs
#   resize              resizing a photograph against ATen's kernel
#   preprocess          what crop to the fundus and local average cost a photograph, and what a
#                       scaled decode saves
#   scaled-decode       what a scaled decode changes in pictures, verdicts of the quality gate and
#                       grades: --version-dir FOLDER --data FOLDER
#   plan                inference in each precision against eager LibTorch
#   quality             what the quality gate refuses: --fundus FOLDER [--list FILE] --other FOLDER,
#                       with --curves FILE.csv for its plot; with --cost what it costs
#   occlusion           whether heat maps are hot where the evidence is: --version-dir FOLDER
#                       --data FOLDER
#   -h, --help          this text; after NAME, the program's options
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case "${1:-}" in
  train-step) program=train_step_bench ;;
  cache-memory) program=cache_memory_bench ;;
  resize) program=resize_bench ;;
  preprocess) program=preprocess_bench ;;
  plan) program=plan_bench ;;
  quality) program=quality_bench ;;
  occlusion) program=occlusion_bench ;;
  scaled-decode) program=scaled_decode_bench ;;
  -h | --help) usage_of "$0"; exit 0 ;;
  *) echo "error: which measurement? see scripts/bench.sh --help" >&2; exit 2 ;;
esac
shift
cd "$ROOT"
cmake --preset release >/dev/null || die "cmake failed; run scripts/bootstrap.sh"
cmake --build build/release --parallel "$(build_jobs)" --target "$program" >&2 ||
  die "the build failed"
say "load of the machine: $(cut -d' ' -f1-3 /proc/loadavg)"
exec "build/release/bin/$program" "$@"
