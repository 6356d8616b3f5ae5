# What metrics cost requests, and what a scrape costs. Sourced by run.sh.

metered=(kvstore unmetered)
scrapes=200

run_metrics() {
  measure_metrics_cost
  measure_scrapes
}

measure_metrics_cost() {
  local round server
  make_without unmetered WithoutMetrics
  start_kvstore
  start_service unmetered "$work/unmetered"
  wait_for "${metered[@]}"
  seed "${metered[@]}"
  : > "$work/throughput.tsv"
  for ((round = 0; round <= rounds; round++)); do
    progress "with and without metrics, round $round of $rounds"
    for server in $(in_order_of_round "$round" "${metered[@]}"); do
      # Round 0 warms up.
      measure GET "$server" "$round" > "$work/last.tsv"
      if ((round > 0)); then cat "$work/last.tsv" >> "$work/throughput.tsv"; fi
    done
  done
  check_metered kvstore 1
  check_metered unmetered 0
  report_metrics_cost
  stop_all
}

# Stops the run where SERVER counts requests and should not, or the other way round: the switch does not do what it is for.
check_metered() {
  [[ $(scrape "$1" | grep -c '^http_requests_received_total{.*/get/{key}') == "$2" ]] || fail "$1 should have $2 series of GETs"
}

scrape() {
  curl -sSf "http://127.0.0.1:${ports[$1]}/metrics"
}

report_metrics_cost() {
  printf '\n## With and without metrics\n\n| request | requests/s with | without | with / without: median (least to most) '
  printf '| server CPU a request with, µs | with / without: median (least to most) |\n|---|--:|--:|--:|--:|--:|\n'
  printf '| GET | %.0f | %.0f | %s | %.1f | %s |\n' \
    "$(column GET kvstore 4 | median)" "$(column GET unmetered 4 | median)" "$(ratios GET kvstore unmetered 4 | describe)" \
    "$(column GET kvstore 5 | median)" "$(ratios GET kvstore unmetered 5 | describe)"
}

# A service with every endpoint, many statuses and gRPC calls in its metrics, kept on a disk, and with as many keys as fit a small one.
measure_scrapes() {
  local hook=$published/AllocationHook/AllocationHook.dll before after
  publish bench/Loader KvStore.Cli
  dotnet publish "$bench/AllocationHook" --configuration Release --output "${hook%/*}" --verbosity quiet -nologo >&2
  ALLOCATION_FILE=$work/kvstore.allocated DOTNET_STARTUP_HOOKS=$hook start_durable kvstore interval "$work/data"
  wait_for kvstore
  until_ready "${ports[kvstore]}"
  load_keys kvstore kvstore path 100000
  touch_endpoints
  call_methods
  progress "$scrapes scrapes"
  scrape_times 20 > "$work/warm.ms"
  before=$(allocated kvstore)
  scrape_times "$scrapes" > "$work/scrape.ms"
  after=$(allocated kvstore)
  report_scrapes $(((after - before) / scrapes))
  stop_all
}

# Requests of every kind, each answered as it may be.
touch_endpoints() {
  local base=http://127.0.0.1:${ports[kvstore]} path method
  for path in /get/a /get?key=a /kv/a /kv/ /search?prefix=u/0\&limit=10 /count /set /batch /export /import /health /ready /role /metrics /swagger/v1/swagger.json /nothing '/get/%FF'; do
    for method in GET HEAD POST PUT DELETE PATCH OPTIONS TRACE; do
      curl -s -o /dev/null -m 5 -X "$method" -I "$base$path" || true
      curl -s -o /dev/null -m 5 -X "$method" -d '{"key":"a","value":"b"}' -H 'Content-Type: application/json' "$base$path" || true
    done
  done
}

# Calls of most gRPC methods.
call_methods() {
  local kvstore=$published/KvStore.Cli/kvstore
  export KVSTORE_SERVER=127.0.0.1:${grpc_ports[kvstore]}
  { "$kvstore" set a b; "$kvstore" get a; "$kvstore" get missing; "$kvstore" search u/0; "$kvstore" count; "$kvstore" del a; "$kvstore" bench --requests 1000; } > /dev/null 2>&1 || true
}

# Milliseconds of N scrapes over one connection, one a line.
scrape_times() {
  local -a urls=()
  local i
  for ((i = 0; i < $1; i++)); do urls+=("http://127.0.0.1:${ports[kvstore]}/metrics" -o /dev/null); done
  curl -sSf -w '%{time_total}\n' "${urls[@]}" | awk '{ print $1 * 1000 }'
}

report_scrapes() {
  local most text
  text=$(scrape kvstore)
  read -r _ most <<< "$(range < "$work/scrape.ms")"
  printf '\n## A scrape of a service with all endpoints and 100,000 keys\n\n'
  printf '| series | bytes | median of %d, ms | most, ms | bytes allocated |\n|--:|--:|--:|--:|--:|\n' "$scrapes"
  printf '| %s | %s | %.2f | %.2f | %s |\n' "$(grep -vc '^#' <<< "$text")" "$(wc -c <<< "$text")" \
    "$(median < "$work/scrape.ms")" "$most" "$1"
}
