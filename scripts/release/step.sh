# Sourced by the other steps. With DRY_RUN=1 what would leave this machine is shown and not done.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=${RELEASE_OUT:-dist/release}
mkdir -p "$out"

publish() {
  if [[ ${DRY_RUN:-0} == 1 ]]; then
    printf 'would run:'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

need() {
  local name
  for name in "$@"; do
    if [[ -z ${!name:-} ]]; then
      echo "${BASH_SOURCE[1]##*/}: $name must be set" >&2
      exit 2
    fi
  done
}
