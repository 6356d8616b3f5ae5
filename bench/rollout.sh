#!/usr/bin/env bash
# Replaces nodes behind nginx under load, one after another, and counts the requests that fail. README.md says more.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
replacements=10

usage() {
  cat <<'TEXT'
usage: bench/rollout.sh [--replacements N]
  --replacements N   nodes to replace, at least 1 (default 10), each among at least 5,000 requests: once in memory, once on directories
TEXT
}

while (($# > 0)); do
  if [[ ! "$1 ${2:-}" =~ ^--replacements\ [1-9][0-9]{0,3}$ ]]; then
    usage >&2
    exit 2
  fi
  replacements=$2
  shift 2
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
folder=$(mktemp -d "${TMPDIR:-/tmp}/kvstore-rollout-XXXXXX")
export KVSTORE_ROLLOUT_REPLACEMENTS=$replacements KVSTORE_ROLLOUT_REPORT=$folder/report.txt

dotnet build "$root/KvStore.Tests" --nologo --verbosity quiet >&2
touch "$KVSTORE_ROLLOUT_REPORT"
dotnet test "$root/KvStore.Tests" --no-build --nologo --filter 'FullyQualifiedName~RolloutTests' >&2 &
run=$!
trap 'kill "$run" 2> /dev/null || true' EXIT

# Each replacement is told of when it has ended.
tail -n +1 -f --pid="$run" "$KVSTORE_ROLLOUT_REPORT"
status=0
wait "$run" || status=$?
rm -rf "$folder"
exit "$status"
