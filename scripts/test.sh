#!/usr/bin/env bash
# Sets up what is missing, builds, runs all tests and the checks of scripts/check.sh, and ends with
# the line `N passed, N failed`, with `, N skipped` behind it where something was skipped. Exit code
# 0 only if nothing failed.
#
# Usage: scripts/test.sh [options]
#   --preset NAME   release (default), debug, asan, tsan, clang or coverage
#   --filter REGEX  only the tests whose names match, as ctest -R takes it
#   --with-checks   install what scripts/check.sh uses; without it, checks whose tools are missing
#                   are skipped. Compiles the measurements of scripts/bench.sh too
#   --no-checks     only the tests
#   -h, --help      this text
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

preset=release checks=1 bootstrap_options=(--with-clients) ctest_options=() targets=(all)
while (($#)); do
  case "$1" in
    --preset) preset="${2:?--preset needs a name}"; shift ;;
    --filter) ctest_options+=(-R "${2:?--filter needs a regular expression}"); shift ;;
    --with-checks) bootstrap_options+=(--with-checks) targets+=(benchmarks) ;;
    --no-checks) checks=0 ;;
    -h | --help) usage_of "$0"; exit 0 ;;
    *) echo "error: unknown option $1; see scripts/test.sh --help" >&2; exit 2 ;;
  esac
  shift
done
build="build/$preset"

# The tests are run once while they are built, to list them, so the sanitizers' settings of the
# test presets are needed there too.
runner=()
case "$preset" in
  clang) bootstrap_options+=(--with-clang) ;;
  asan) export LSAN_OPTIONS="suppressions=$ROOT/cmake/lsan.supp:print_suppressions=0" ;;
  tsan)
    export TSAN_OPTIONS="suppressions=$ROOT/cmake/tsan.supp:ignore_noninstrumented_modules=1" OMP_NUM_THREADS=1
    # Newer kernels place programs where ThreadSanitizer cannot follow.
    setarch "$(uname -m)" -R true 2>/dev/null && runner=(setarch "$(uname -m)" -R)
    ;;
esac

scripts/bootstrap.sh "${bootstrap_options[@]}"
say "configuring and building preset $preset"
cmake --preset "$preset" >/dev/null || die "cmake failed"
"${runner[@]}" cmake --build "$build" --parallel "$(build_jobs)" --target "${targets[@]}" ||
  die "the build failed"

say "running the tests"
rm -f "$build/junit.xml"
"${runner[@]}" ctest --preset "$preset" --parallel "$(nproc)" --output-on-failure \
  --output-junit junit.xml "${ctest_options[@]}" || true
[[ -s "$build/junit.xml" ]] || die "ctest ran no test"

# count NAME: an attribute of the test suite in ctest's report.
count() { grep -oE -m1 "\b$1=\"[0-9]+\"" "$build/junit.xml" | head -1 | tr -dc 0-9; }
failed=$(count failures)
skipped=$(($(count skipped) + $(count disabled)))
passed=$(($(count tests) - failed - skipped))

if ((checks)); then
  say "running the checks"
  # Not through /dev/stderr: opening it anew would cut off what a file behind it holds already.
  scripts/check.sh | tee "$build/checks.txt" || true
  report=$(tail -n 1 "$build/checks.txt")
  read -r check_passed check_failed check_skipped <<<"${report//[^0-9 ]/}"
  passed=$((passed + check_passed)) failed=$((failed + check_failed))
  skipped=$((skipped + check_skipped))
fi

line="$passed passed, $failed failed"
((skipped)) && line+=", $skipped skipped"
echo "$line"
((failed == 0 && passed > 0))
