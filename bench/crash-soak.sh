#!/usr/bin/env bash
# Kills the service under load, again and again, and looks for every write that had been acknowledged. README.md says more.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=200
seed=$(((RANDOM << 15) | RANDOM))

usage() {
  cat <<'TEXT'
usage: bench/crash-soak.sh [--rounds N] [--seed S]
  --rounds N   rounds of load, kill and restart, at least 1 (default 200); a tenth of them, at least 5, in each of the modes interval and never
  --seed S     what all that is random begins with (default: another each time, which is printed)
TEXT
}

while (($# > 0)); do
  if [[ ! "$1 ${2:-}" =~ ^(--rounds\ [1-9][0-9]{0,5}|--seed\ [0-9]{1,9})$ ]]; then
    usage >&2
    exit 2
  fi
  case $1 in
    --rounds) rounds=$2 ;;
    --seed) seed=$2 ;;
  esac
  shift 2
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
folder=$(mktemp -d "${TMPDIR:-/tmp}/kvstore-crash-XXXXXX")
export KVSTORE_CRASH_ROUNDS=$rounds KVSTORE_CRASH_SEED=$seed KVSTORE_CRASH_FOLDER=$folder

dotnet build "$root/KvStore.Tests" --nologo --verbosity quiet >&2
echo "$rounds rounds, seed $seed, in $folder"
touch "$folder/report.txt"
dotnet test "$root/KvStore.Tests" --no-build --nologo --filter 'FullyQualifiedName~CrashSoakTests' >&2 &
run=$!
trap 'kill "$run" 2> /dev/null || true' EXIT

# Each round is told of when it has ended.
tail -n +1 -f --pid="$run" "$folder/report.txt"
status=0
wait "$run" || status=$?
if ((status == 0)); then
  rm -rf "$folder"
else
  echo "FAILED: seed $seed; the data directories and the report are in $folder" >&2
fi
exit "$status"
