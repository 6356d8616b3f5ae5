#!/usr/bin/env bash
# Measures the published service against peers, in one run, and prints Markdown. README.md says how to read it.
set -euo pipefail

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$bench")
rounds=5
seconds=
sizes=()

source "$bench/lib/common.sh"
source "$bench/lib/servers.sh"
source "$bench/lib/report.sh"
source "$bench/lib/http.sh"
source "$bench/lib/batch.sh"
source "$bench/lib/grpc.sh"
source "$bench/lib/alloc.sh"
source "$bench/lib/metrics.sh"
source "$bench/lib/startup.sh"
source "$bench/lib/load.sh"
source "$bench/lib/memory.sh"
source "$bench/lib/search.sh"
source "$bench/lib/scan.sh"
source "$bench/lib/latency.sh"
source "$bench/lib/core.sh"
source "$bench/lib/operations.sh"
source "$bench/lib/gc.sh"
source "$bench/lib/index.sh"
source "$bench/lib/import.sh"
source "$bench/lib/watch.sh"
source "$bench/lib/durability.sh"

usage() {
  cat <<'TEXT'
usage: bench/run.sh http|batch|grpc|alloc|metrics|startup|memory|search|import|index|watch|durability|core|gc|all [--rounds N] [--seconds S] [--keys N,...]
  http     throughput and CPU time of GET and SET, beside peers
  batch    keys a second in batches of 1,000, beside redis-server with 16 in flight
  grpc     throughput, CPU time and allocation of a Get over gRPC, beside bare Kestrel
  alloc    bytes allocated by a GET
  metrics  GETs beside the same build without metrics; scrapes of a loaded service: series, time, allocation
  startup  time from start to ready
  memory   resident memory a key, beside redis-server
  search   searches, beside GET and peers, and in process; GETs beside an expensive search
  import   imports, beside redis-cli --pipe; exports, and GETs beside one
  index    GETs and overwrites with the indexes, beside the same build without them
  watch    SETs beside watchers of other keys; how fast watchers of every write are told, and that none is lost
  durability
           SETs that are kept on a disk, beside redis-server and etcd; starts from a snapshot and a log, beside redis-server
  core     gets, overwrites and inserts in process, beside a dictionary
  gc       pauses of the collector under steady writes, beside a dictionary
  --rounds N    rounds of http, batch, grpc, alloc, metrics, search, import, index, watch and durability, at least 5 (default 5)
  --seconds S   length of one measurement (default 5; of gc 60)
  --keys N,...  numbers of keys of memory, search, import, index, durability and gc: multiples of ten from 1000
                (default 1000000,10000000; 100000,1000000,10000000; 1000000,10000000; 1000000; 10000000; 10000000; in all only 1000000)
TEXT
}

read_options() {
  while (($# > 0)); do
    if [[ ! "$1 ${2:-}" =~ ^(--(rounds|seconds)\ [1-9][0-9]*|--keys\ [1-9][0-9]{2,}0(,[1-9][0-9]{2,}0)*)$ ]]; then
      usage >&2
      exit 2
    fi
    case $1 in
      --rounds) rounds=$2 ;;
      --seconds) seconds=$2 ;;
      --keys) IFS=, read -ra sizes <<< "$2" ;;
    esac
    shift 2
  done
  ((rounds >= 5)) || fail 'a median needs --rounds of 5 or more'
}

# The numbers of keys, where no option says otherwise.
default_sizes() {
  if ((${#sizes[@]} == 0)); then sizes=("$@"); fi
}

main() {
  local suite=${1:-}
  case $suite in
    http) need dotnet curl wrk nginx redis-server redis-benchmark webdis ;;
    batch) need dotnet curl wrk redis-server redis-benchmark ;;
    grpc) need dotnet curl h2load ;;
    alloc) need dotnet curl wrk ;;
    metrics) need dotnet curl wrk jq ;;
    startup | core | gc) need dotnet ;;
    memory) need dotnet curl redis-server redis-cli ;;
    search) need dotnet curl wrk redis-server redis-benchmark redis-cli etcd ;;
    import) need dotnet curl wrk redis-server redis-cli ;;
    watch) need dotnet curl wrk ;;
    durability) need dotnet curl wrk redis-server redis-benchmark redis-cli etcd ;;
    index) need dotnet curl wrk jq ;;
    all) need dotnet curl wrk h2load jq nginx redis-server redis-benchmark redis-cli webdis etcd ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  read_options "${@:2}"

  make_work_directory
  report_machine
  case $suite in
    gc) default_sizes 10000000; seconds=${seconds:-60} ;;
    durability) default_sizes 10000000 ;;
    memory | import) default_sizes 1000000 10000000 ;;
    search) default_sizes 100000 1000000 10000000 ;;
    index | all) default_sizes 1000000 ;;
  esac
  seconds=${seconds:-5}
  case $suite in
    core | gc) ;;
    *) publish KvStore.Api bench/BareKestrel; report_rounds ;;
  esac
  if [[ $suite == http || $suite == all ]]; then run_http; fi
  if [[ $suite == batch || $suite == all ]]; then run_batch; fi
  if [[ $suite == grpc || $suite == all ]]; then run_grpc; fi
  if [[ $suite == alloc || $suite == all ]]; then run_alloc; fi
  if [[ $suite == metrics || $suite == all ]]; then run_metrics; fi
  if [[ $suite == startup || $suite == all ]]; then run_startup; fi
  if [[ $suite == memory || $suite == all ]]; then run_memory; fi
  if [[ $suite == search || $suite == all ]]; then run_search; run_core_search; fi
  if [[ $suite == import || $suite == all ]]; then run_import; fi
  if [[ $suite == index || $suite == all ]]; then run_index; fi
  if [[ $suite == watch || $suite == all ]]; then run_watch; fi
  if [[ $suite == durability || $suite == all ]]; then run_durability; fi
  if [[ $suite == core || $suite == all ]]; then run_operations; fi
  if [[ $suite == gc || $suite == all ]]; then run_gc; fi
}

main "$@"
