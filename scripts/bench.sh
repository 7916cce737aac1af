#!/usr/bin/env bash
# Builds measurements and runs them; docs/performance.md and docs/results.md have figures. Close other
# programs first: times mean little on a busy machine.
#
# Usage: scripts/bench.sh NAME [options of the program]
#   These make their peers' environment (scripts/bench_env.sh) and write bench-results/: figures as
#   JSON, and of all that lie there report.md and plots.
#   plan                inference in each precision against eager LibTorch, ONNX Runtime and OpenVINO
#   serving [SCENARIO]  fovead against a Python server; tests/bench/serving/scenarios.py names them
#   preprocess          decode, resize and normalise, and what crop to the fundus, local average and
#                       a scaled decode cost or save
#   training            training by phase against Python
#   micro               Google Benchmark's of preprocessing, plan, queue and job store
#   all                 all of these
#
#   These print figures.
#   train-step          a training step against PyTorch in Python (goal: ratio up to 1.15)
#   cache-memory COUNT  peak memory of building the cache of so many photographs
#   resize              resizing a photograph against ATen's kernel
#   scaled-decode       what a scaled decode changes in pictures, verdicts of the quality gate and
#                       grades: --version-dir FOLDER --data FOLDER
#   quality             what the quality gate refuses: --fundus FOLDER [--list FILE] --other FOLDER,
#                       with --curves FILE.csv for its plot; with --cost what it costs
#   occlusion           whether heat maps are hot where the evidence is: --version-dir FOLDER
#                       --data FOLDER
#   -h, --help          this text; after a NAME of the second kind, the program's options
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

RESULTS="$ROOT/bench-results"
BIN="$ROOT/build/release/bin"
PYTHON="$ROOT/build/bench-venv/bin/python"

# build TARGET...
build() {
  cmake --preset release >/dev/null || die "cmake failed; run scripts/bootstrap.sh"
  cmake --build build/release --parallel "$(build_jobs)" --target "$@" >&2 ||
    die "the build failed"
  say "load of the machine: $(cut -d' ' -f1-3 /proc/loadavg)"
}

plan() {
  build plan_bench
  "$BIN/plan_bench" --peers --json "$RESULTS/plan.json" "$@"
}

serving() {
  build fovead fovea fovea-trainer fovea-phantom serving_bench
  "$PYTHON" tests/bench/serving/run_serving.py "$RESULTS/serving.json" "$@"
}

# micro_of NAME: one program of Google Benchmark.
micro_of() {
  "$BIN/micro_${1}_bench" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true \
    --benchmark_out="$RESULTS/micro_$1.json" --benchmark_out_format=json
}

preprocess() {
  build preprocess_bench micro_preprocess_bench
  "$BIN/preprocess_bench" "$@"
  micro_of preprocess
}

training() {
  build training_bench
  "$BIN/training_bench" --json "$RESULTS/training.json" "$@"
}

micro() {
  build micro_preprocess_bench micro_plan_bench micro_service_bench
  micro_of preprocess
  micro_of plan
  micro_of service
}

all() {
  local part
  for part in plan serving preprocess micro training; do "$part"; done
}

cd "$ROOT"
case "${1:-}" in
  plan | serving | preprocess | training | micro | all)
    scripts/bench_env.sh
    mkdir -p "$RESULTS"
    "$@"
    exec "$PYTHON" tests/bench/report/report.py "$RESULTS"
    ;;
  train-step) program=train_step_bench ;;
  cache-memory) program=cache_memory_bench ;;
  resize) program=resize_bench ;;
  quality) program=quality_bench ;;
  occlusion) program=occlusion_bench ;;
  scaled-decode) program=scaled_decode_bench ;;
  -h | --help) usage_of "$0"; exit 0 ;;
  *) echo "error: which measurement? see scripts/bench.sh --help" >&2; exit 2 ;;
esac
shift
build "$program"
exec "$BIN/$program" "$@"
