# bash completion for fovea. Made by `fovea completion`; do not edit.
_fovea() {
  local cur=${COMP_WORDS[COMP_CWORD]}
  local prev=${COMP_WORDS[COMP_CWORD-1]}
  local path='fovea' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${COMP_WORDS[i]}" in
      'fovea dataset'|'fovea dataset push'|'fovea dataset create'|'fovea dataset list'|'fovea dataset get'|'fovea dataset delete'|'fovea job'|'fovea job create'|'fovea job list'|'fovea job get'|'fovea job watch'|'fovea job report'|'fovea job cancel'|'fovea job delete'|'fovea model'|'fovea model list'|'fovea model get'|'fovea model card'|'fovea model import'|'fovea model export'|'fovea model alias'|'fovea model delete'|'fovea evaluation'|'fovea evaluation run'|'fovea evaluation list'|'fovea evaluation get'|'fovea evaluation compare'|'fovea evaluation predictions'|'fovea evaluation delete'|'fovea experiment'|'fovea experiment run'|'fovea experiment list'|'fovea experiment get'|'fovea experiment cancel'|'fovea experiment report'|'fovea classify'|'fovea feedback'|'fovea server'|'fovea server status'|'fovea completion')
        path="$path ${COMP_WORDS[i]}" ;;
    esac
  done
  local words=''
  case "$path $prev" in
    'fovea -o')
      words='table json' ;;
    'fovea --output')
      words='table json' ;;
    'fovea dataset -o')
      words='table json' ;;
    'fovea dataset --output')
      words='table json' ;;
    'fovea dataset push --layout')
      words='auto lab kaggle aptos folders' ;;
    'fovea dataset push -o')
      words='table json' ;;
    'fovea dataset push --output')
      words='table json' ;;
    'fovea dataset create --layout')
      words='auto lab kaggle aptos folders' ;;
    'fovea dataset create -o')
      words='table json' ;;
    'fovea dataset create --output')
      words='table json' ;;
    'fovea dataset list -o')
      words='table json' ;;
    'fovea dataset list --output')
      words='table json' ;;
    'fovea dataset get -o')
      words='table json' ;;
    'fovea dataset get --output')
      words='table json' ;;
    'fovea dataset delete -o')
      words='table json' ;;
    'fovea dataset delete --output')
      words='table json' ;;
    'fovea job -o')
      words='table json' ;;
    'fovea job --output')
      words='table json' ;;
    'fovea job create --arch')
      words='resnet18 resnet50' ;;
    'fovea job create --precision')
      words='auto fp32 bf16 int8' ;;
    'fovea job create --recipe')
      words='lab pretrain modern' ;;
    'fovea job create --class-weighting')
      words='lab none inverse-frequency given' ;;
    'fovea job create --sampling')
      words='shuffled class-balanced' ;;
    'fovea job create --best-epoch')
      words='test-accuracy validation-kappa last' ;;
    'fovea job create --target')
      words='classes ordinal' ;;
    'fovea job create --training-precision')
      words='float32 mixed' ;;
    'fovea job create --learning-rate-schedule')
      words='constant cosine' ;;
    'fovea job create -o')
      words='table json' ;;
    'fovea job create --output')
      words='table json' ;;
    'fovea job list --state')
      words='queued running cancelling succeeded failed cancelled' ;;
    'fovea job list -o')
      words='table json' ;;
    'fovea job list --output')
      words='table json' ;;
    'fovea job get -o')
      words='table json' ;;
    'fovea job get --output')
      words='table json' ;;
    'fovea job watch --reconnect-for')
      words='0' ;;
    'fovea job watch -o')
      words='table json' ;;
    'fovea job watch --output')
      words='table json' ;;
    'fovea job report --output')
      words='table json' ;;
    'fovea job cancel -o')
      words='table json' ;;
    'fovea job cancel --output')
      words='table json' ;;
    'fovea job delete -o')
      words='table json' ;;
    'fovea job delete --output')
      words='table json' ;;
    'fovea model -o')
      words='table json' ;;
    'fovea model --output')
      words='table json' ;;
    'fovea model list -o')
      words='table json' ;;
    'fovea model list --output')
      words='table json' ;;
    'fovea model get -o')
      words='table json' ;;
    'fovea model get --output')
      words='table json' ;;
    'fovea model card --output')
      words='table json' ;;
    'fovea model import -o')
      words='table json' ;;
    'fovea model import --output')
      words='table json' ;;
    'fovea model export --output')
      words='table json' ;;
    'fovea model alias -o')
      words='table json' ;;
    'fovea model alias --output')
      words='table json' ;;
    'fovea model delete -o')
      words='table json' ;;
    'fovea model delete --output')
      words='table json' ;;
    'fovea evaluation -o')
      words='table json' ;;
    'fovea evaluation --output')
      words='table json' ;;
    'fovea evaluation run --part')
      words='test train' ;;
    'fovea evaluation run --precision')
      words='auto fp32 bf16 int8' ;;
    'fovea evaluation run -o')
      words='table json' ;;
    'fovea evaluation run --output')
      words='table json' ;;
    'fovea evaluation list -o')
      words='table json' ;;
    'fovea evaluation list --output')
      words='table json' ;;
    'fovea evaluation get -o')
      words='table json' ;;
    'fovea evaluation get --output')
      words='table json' ;;
    'fovea evaluation compare -o')
      words='table json' ;;
    'fovea evaluation compare --output')
      words='table json' ;;
    'fovea evaluation predictions -o')
      words='table json' ;;
    'fovea evaluation predictions --output')
      words='table json' ;;
    'fovea evaluation delete -o')
      words='table json' ;;
    'fovea evaluation delete --output')
      words='table json' ;;
    'fovea experiment -o')
      words='table json' ;;
    'fovea experiment --output')
      words='table json' ;;
    'fovea experiment run -o')
      words='table json' ;;
    'fovea experiment run --output')
      words='table json' ;;
    'fovea experiment list -o')
      words='table json' ;;
    'fovea experiment list --output')
      words='table json' ;;
    'fovea experiment get -o')
      words='table json' ;;
    'fovea experiment get --output')
      words='table json' ;;
    'fovea experiment cancel -o')
      words='table json' ;;
    'fovea experiment cancel --output')
      words='table json' ;;
    'fovea experiment report --output')
      words='table json' ;;
    'fovea classify -o')
      words='table json' ;;
    'fovea classify --output')
      words='table json' ;;
    'fovea feedback -o')
      words='table json' ;;
    'fovea feedback --output')
      words='table json' ;;
    'fovea server -o')
      words='table json' ;;
    'fovea server --output')
      words='table json' ;;
    'fovea server status -o')
      words='table json' ;;
    'fovea server status --output')
      words='table json' ;;
    'fovea completion -o')
      words='table json' ;;
    'fovea completion --output')
      words='table json' ;;
  esac
  if [[ -z $words ]]; then
    case "$path" in
      'fovea')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config --version'; else words='dataset job model evaluation experiment classify feedback server completion'; fi ;;
      'fovea dataset')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words='push create list get delete'; fi ;;
      'fovea dataset push')
        if [[ $cur == -* ]]; then words='-h --help --id --layout --test-share --split-seed --class-names --reconnect-for --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea dataset create')
        if [[ $cur == -* ]]; then words='-h --help --id --layout --test-share --split-seed --class-names --validate-only --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea dataset list')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea dataset get')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea dataset delete')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea job')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words='create list get watch report cancel delete'; fi ;;
      'fovea job create')
        if [[ $cur == -* ]]; then words='-h --help --spec --dataset --arch --init --model-id --seed --threads --device --precision --max-attempts --max-bad-image-share --recipe --epochs --head-epochs --batch-size --class-weighting --class-weights --sampling --head-batch-norm-moves --no-head-batch-norm-moves --validation-share --best-epoch --early-stopping-patience --target --training-precision --learning-rate --learning-rate-schedule --warmup-epochs --backbone-learning-rate-scale --momentum --weight-decay --label-smoothing --ema-decay --test-time-views --flip-horizontal --no-flip-horizontal --flip-vertical --no-flip-vertical --random-crop --no-random-crop --random-resized-crop-min-area --rotation-degrees --scale-jitter --brightness-jitter --contrast-jitter --saturation-jitter --resize-short-side --crop-size --mean --std --apply-exif-orientation --no-apply-exif-orientation --crop-to-fundus --no-crop-to-fundus --subtract-local-average --no-subtract-local-average --scaled-decode --no-scaled-decode --request-id --validate-only --watch --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea job list')
        if [[ $cur == -* ]]; then words='-h --help --state --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea job get')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea job watch')
        if [[ $cur == -* ]]; then words='-h --help --from-sequence --reconnect-for --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea job report')
        if [[ $cur == -* ]]; then words='-h --help -o --dir --server --timeout --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea job cancel')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea job delete')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea model')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words='list get card import export alias delete'; fi ;;
      'fovea model list')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea model get')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea model card')
        if [[ $cur == -* ]]; then words='-h --help -o --file --server --timeout --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea model import')
        if [[ $cur == -* ]]; then words='-h --help --model-id --class-names --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea model export')
        if [[ $cur == -* ]]; then words='-h --help -o --file --server --timeout --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea model alias')
        if [[ $cur == -* ]]; then words='-h --help --remove --require-kappa-not-worse --min-kappa --max-calibration-error --min-referable-sensitivity --evaluation --force --reason --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea model delete')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea evaluation')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words='run list get compare predictions delete'; fi ;;
      'fovea evaluation run')
        if [[ $cur == -* ]]; then words='-h --help --dataset --part --referable-threshold --vision-threatening-threshold --resamples --seed --precision --threads --watch --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea evaluation list')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea evaluation get')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea evaluation compare')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea evaluation predictions')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea evaluation delete')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea experiment')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words='run list get cancel report'; fi ;;
      'fovea experiment run')
        if [[ $cur == -* ]]; then words='-h --help --set --only --name --dry-run --retry-failed --cancel --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea experiment list')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea experiment get')
        if [[ $cur == -* ]]; then words='-h --help --set --only --name --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea experiment cancel')
        if [[ $cur == -* ]]; then words='-h --help --set --only --name --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea experiment report')
        if [[ $cur == -* ]]; then words='-h --help --set --only --name -o --dir --server --timeout --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea classify')
        if [[ $cur == -* ]]; then words='-h --help --model --in-flight --concurrency --labels --labels-img --labels-label --only-labelled --grade-anyway --explain --request-id --ids --left --right --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea feedback')
        if [[ $cur == -* ]]; then words='-h --help --grader --csv --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea server')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words='status'; fi ;;
      'fovea server status')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
      'fovea completion')
        if [[ $cur == -* ]]; then words='-h --help --server --timeout -o --output --tls --tls-ca --tls-cert --tls-key --config'; else words=''; fi ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _fovea fovea
