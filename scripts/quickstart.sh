#!/usr/bin/env bash
# From nothing to a model that grades: installs what is missing, builds, starts fovead on free
# ports, pushes a data set, trains both phases, classifies photographs that were held back, shows
# the metrics, and stops what it started. Exit code 0 only if every step worked.
#
# Without --data it paints SYNTHETIC fundus photographs (phantoms): they show that everything works
# and say nothing about patients.
#
# Usage: scripts/quickstart.sh [options]
#   --data DIR       train on your own graded photographs, in any layout that `fovea dataset push`
#                    understands
#   --arch NAME      resnet18 (default) or resnet50
#   --epochs N       epochs in all, 2 or more (default 10, with --data 5); the first one or two train
#                    only the last layer
#   --data-dir DIR   where fovead keeps its state (default: a temporary folder, deleted at the end)
#   --keep           keep that folder, and leave fovead running
#   -h, --help       this text
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage_error() { echo "error: $*; see scripts/quickstart.sh --help" >&2; exit 2; }
data='' arch=resnet18 epochs='' data_dir='' keep=0
while (($#)); do
  case "$1" in
    --data | --arch | --epochs | --data-dir)
      (($# >= 2)) || usage_error "$1 needs a value"
      case "$1" in
        --data) data=$(realpath -e "$2") || usage_error "--data: there is no folder $2" ;;
        --arch) arch="$2" ;;
        --epochs) epochs="$2" ;;
        --data-dir) data_dir=$(realpath -m "$2") ;;
      esac
      shift
      ;;
    --keep) keep=1 ;;
    -h | --help) usage_of "$0"; exit 0 ;;
    *) usage_error "unknown option $1" ;;
  esac
  shift
done
[[ -n "$epochs" ]] || epochs=$([[ -n "$data" ]] && echo 5 || echo 10)
[[ "$epochs" =~ ^[1-9][0-9]{0,3}$ && "$epochs" -ge 2 ]] || usage_error "--epochs must be 2 to 9999"
[[ "$arch" =~ ^resnet(18|50)$ ]] || usage_error "--arch must be resnet18 or resnet50"
cd "$ROOT"

work=$(mktemp -d "${TMPDIR:-/tmp}/fovea-quickstart.XXXXXX")
: "${data_dir:=$work/data}"
bin="$ROOT/build/release/bin"
server_pid='' step='setting up' finished=0

# Runs at every end: says which step failed, and stops and removes what was started and made.
clean_up() {
  local status=$?
  trap - EXIT INT TERM
  if ((!finished)); then
    printf '\nerror: quick start failed while %s (exit code %s)\n' "$step" "$status" >&2
    if [[ -s "$work/fovead.log" ]]; then
      printf 'The last lines of the log of fovead:\n' >&2
      tail -n 25 "$work/fovead.log" >&2
    fi
    ((status == 0)) && status=1
  fi
  if ((keep && finished)); then
    exit "$status"
  fi
  if [[ -n "$server_pid" ]] && kill "$server_pid" 2>/dev/null; then
    wait "$server_pid" || true
  fi
  if ((keep)); then say "kept $work"; else rm -rf "$work"; fi
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

begin() {
  step="$*"
  say "$step"
}

free_ports() {
  python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PY
}

wait_until_serving() {
  local deadline=$((SECONDS + 60))
  until "$bin/fovea" --timeout 2s server status >"$work/status.txt" 2>&1; do
    kill -0 "$server_pid" 2>/dev/null || return 1
    ((SECONDS < deadline)) || { cat "$work/status.txt" >&2; return 1; }
    sleep 0.2
  done
}

begin "installing what is missing"
scripts/bootstrap.sh

begin "building fovead, fovea-trainer and fovea (minutes the first time)"
cmake --preset release >/dev/null
targets=(fovead fovea-trainer fovea)
[[ -n "$data" ]] || targets+=(fovea-phantom)
cmake --build build/release --parallel "$(build_jobs)" --target "${targets[@]}" >"$work/build.log" 2>&1 ||
  { tail -n 40 "$work/build.log" >&2; exit 1; }

photographs="$data"
if [[ -z "$data" ]]; then
  begin "painting SYNTHETIC fundus photographs"
  photographs="$work/phantoms"
  "$bin/fovea-phantom" --out "$photographs" --patients 150 --held-back 3 --size 128 --seed 1
fi

begin "starting fovead"
read -r port metrics_port <<<"$(free_ports)"
export FOVEA_SERVER="127.0.0.1:$port"
"$bin/fovead" --data-dir "$data_dir" --listen "$FOVEA_SERVER" \
  --metrics-listen "127.0.0.1:$metrics_port" --trainer-binary "$bin/fovea-trainer" \
  >"$work/fovead.log" 2>&1 </dev/null &
server_pid=$!
wait_until_serving
cat "$work/status.txt"

begin "pushing the data set"
dataset="quickstart-$(date +%s)"
"$bin/fovea" dataset push "$photographs" --id "$dataset"

head_epochs=$((epochs > 5 ? 2 : 1))
# Small pictures and large steps do for painted photographs; a person's own get recipe `lab`.
recipe=()
[[ -n "$data" ]] || recipe=(--resize-short-side 72 --crop-size 64 --batch-size 8 --learning-rate 0.01)
begin "training $arch: $head_epochs epochs of the last layer, then all of it, $epochs in all"
"$bin/fovea" job create --dataset "$dataset" --arch "$arch" --init random --model-id quickstart \
  --epochs "$epochs" --head-epochs "$head_epochs" "${recipe[@]}" --watch

held_back="$photographs/held-back"
if [[ -d "$held_back" ]]; then
  begin "classifying photographs that training has not seen"
  mapfile -t samples < <(find "$held_back" -name '*.jpeg' | sort)
else
  begin "classifying a few of your photographs (training may have seen them)"
  mapfile -t samples < <(find "$photographs" -type f \( -iname '*.jpg' -o -iname '*.jpeg' -o \
    -iname '*.png' \) | sort | awk 'NR <= 6')
fi
((${#samples[@]})) || die "there is no photograph to classify in $photographs"
labels=()
[[ -f "$held_back/labels.csv" ]] && labels=(--labels "$held_back/labels.csv")
"$bin/fovea" classify "${samples[@]}" --model quickstart "${labels[@]}"

begin "reading the metrics"
curl -fsS "http://127.0.0.1:$metrics_port/metrics" >"$work/metrics.txt"
grep -E '^fovea_(classified_images_total|jobs|model_test_(accuracy|kappa)|rpc_requests_total)' "$work/metrics.txt"

finished=1
if ((keep)); then
  cat <<EOF

Everything worked. fovead is still running (process $server_pid, state in $data_dir):
  export FOVEA_SERVER=$FOVEA_SERVER PATH=$bin:\$PATH
  fovea job list
  fovea classify PHOTOGRAPH.jpeg --model quickstart
  curl http://127.0.0.1:$metrics_port/metrics
  kill $server_pid        # stops it; the state stays
EOF
else
  cat <<EOF

Everything worked. What next:
  scripts/quickstart.sh --data DIR   the same with your own graded photographs
  scripts/quickstart.sh --keep       leave the server running, to try the commands of README.md
  scripts/test.sh                    run all tests
EOF
fi
