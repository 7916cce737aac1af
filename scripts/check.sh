#!/usr/bin/env bash
# Checks what no compiler sees: scripts, Dockerfile, compose file, Prometheus configuration and
# alert rules, Grafana dashboard, systemd unit. A check whose tool is not installed is skipped
# (scripts/bootstrap.sh --with-checks installs them). The last line counts.
#
# Usage: scripts/check.sh [-h | --help]
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"
case "${1:-}" in
  '') ;;
  -h | --help) usage_of "$0"; exit 0 ;;
  *) echo "error: unknown option $1; see scripts/check.sh --help" >&2; exit 2 ;;
esac
PATH="$ROOT/.cache/checks/bin:$PATH"
passed=0 failed=0 skipped=0

# check NAME TOOL COMMAND...: runs COMMAND, whose output is shown when it fails.
check() {
  local name="$1" tool="$2" output
  shift 2
  if ! command -v "$tool" >/dev/null; then
    echo "SKIP  $name ($tool is not installed)"
    skipped=$((skipped + 1))
  elif output=$("$@" 2>&1); then
    echo "PASS  $name"
    passed=$((passed + 1))
  else
    printf 'FAIL  %s\n%s\n' "$name" "$output"
    failed=$((failed + 1))
  fi
}

# systemd-analyze wants the programs that a unit starts to be there: verify a copy that starts
# something that is.
verify_unit() {
  local dir
  dir=$(mktemp -d)
  sed -E 's,^(Exec[A-Za-z]*=)[^ ]+,\1/bin/true,' deploy/systemd/fovead.service >"$dir/fovead.service"
  local output status=0
  output=$(systemd-analyze verify --recursive-errors=no "$dir/fovead.service" 2>&1) || status=$?
  rm -rf "$dir"
  [[ -z "$output" ]] || echo "$output"
  [[ $status == 0 && -z "$output" ]]
}

check "shell scripts" shellcheck shellcheck -x .ci/run scripts/*.sh tests/bench/*.sh
check "Dockerfile" hadolint hadolint Dockerfile
check "compose file" docker-compose docker-compose -f docker-compose.yml config --quiet
check "Prometheus configuration" promtool promtool check config deploy/prometheus/prometheus.yml
check "alert rules" promtool promtool check rules deploy/prometheus/alerts.yml
check "alert rules' tests" promtool promtool test rules deploy/prometheus/alerts_test.yml
check "metric names in deploy/" python3 python3 scripts/check_metrics.py
check "systemd unit" systemd-analyze verify_unit

echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
