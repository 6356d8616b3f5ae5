#!/usr/bin/env bash
# Measures the published service against peers, in one run, and prints Markdown. README.md says how to read it.
set -euo pipefail

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$bench")
rounds=5
seconds=5

source "$bench/lib/common.sh"
source "$bench/lib/servers.sh"
source "$bench/lib/report.sh"
source "$bench/lib/http.sh"
source "$bench/lib/alloc.sh"
source "$bench/lib/startup.sh"

usage() {
  cat <<'TEXT'
usage: bench/run.sh http|alloc|startup|all [--rounds N] [--seconds S]
  http     throughput and CPU time of GET and SET, beside peers
  alloc    bytes allocated by a GET
  startup  time from start to ready
  --rounds N    rounds of http and alloc, at least 5 (default 5)
  --seconds S   length of one measurement (default 5)
TEXT
}

read_options() {
  while (($# > 0)); do
    if [[ $# -lt 2 || ! $2 =~ ^[1-9][0-9]*$ ]]; then
      usage >&2
      exit 2
    fi
    case $1 in
      --rounds) rounds=$2 ;;
      --seconds) seconds=$2 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift 2
  done
  ((rounds >= 5)) || fail 'a median needs --rounds of 5 or more'
}

main() {
  local suite=${1:-}
  case $suite in
    http | all) need dotnet curl wrk nginx redis-server redis-benchmark webdis ;;
    alloc) need dotnet curl wrk ;;
    startup) need dotnet ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  read_options "${@:2}"

  make_work_directory
  publish_servers
  report_machine
  if [[ $suite == http || $suite == all ]]; then run_http; fi
  if [[ $suite == alloc || $suite == all ]]; then run_alloc; fi
  if [[ $suite == startup || $suite == all ]]; then run_startup; fi
}

main "$@"
