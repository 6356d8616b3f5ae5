# Searches over HTTP, beside this service's own GET and beside peers. Sourced by run.sh.

# etcd takes several times as long to fill as all others together.
etcd_most_keys=1000000

run_search() {
  local count
  publish bench/Loader
  for count in "${sizes[@]}"; do
    search_among "$count"
  done
}

search_among() {
  local count=$1 round kind
  local -a kinds=(get prefix suffix both wide zset) servers=(kvstore redis)
  if ((count <= etcd_most_keys)); then
    kinds+=(etcd)
    servers+=(etcd)
  fi
  for kind in "${servers[@]}"; do "start_$kind"; done
  wait_for "${servers[@]}"
  for kind in "${servers[@]}"; do
    load_keys "$kind" "$kind" path "$count"
    check_count "$kind" "$count"
  done
  load_keys redis-zset redis path "$count"
  check_same_answers "$count"

  : > "$work/throughput.tsv"
  for ((round = 0; round <= rounds; round++)); do
    progress "searches among $count keys, round $round of $rounds"
    for kind in $(in_order_of_round "$round" "${kinds[@]}"); do
      # Round 0 warms up.
      measure_search "$kind" "$count" "$round" > "$work/last.tsv"
      if ((round > 0)); then cat "$work/last.tsv" >> "$work/throughput.tsv"; fi
    done
  done
  report_search "$count" "${kinds[@]}"
  report_scans "$count"
  run_p99 "$count"
  stop_all
}

# Prints a line of throughput.tsv, with the bytes of an answer at its end.
measure_search() {
  local kind=$1 users=$(($2 / 10)) round=$3 server before after requests rate bytes
  server=$(server_of "$kind")
  before=$(cpu_us "${pids[$server]}")
  if [[ $kind == zset ]]; then
    read -r requests rate bytes <<< "$(load_zset "$users")"
  else
    read -r requests rate bytes _ <<< "$(load_random "$server" "$kind" "$users" "-t$threads" "-c$connections" "-d${seconds}s")"
  fi
  after=$(cpu_us "${pids[$server]}")
  [[ -n $rate ]] || exit 1
  awk -v OFS='\t' -v kind="$kind" -v round="$round" -v rate="$rate" -v bytes="$bytes" \
    -v cpu="$((after - before))" -v requests="$requests" 'BEGIN { print "search", kind, round, rate, cpu / requests, bytes }'
}

server_of() {
  case $1 in
    zset) printf 'redis' ;;
    etcd) printf 'etcd' ;;
    *) printf 'kvstore' ;;
  esac
}

# Runs wrk with requests of KIND to SERVER; prints requests, requests a second, bytes an answer, and microseconds of p50 and p99.
load_random() {
  local server=$1 kind=$2 users=$3 output
  output=$(KIND=$kind USERS=$users wrk "${@:4}" --latency -s "$bench/lib/search.lua" "http://127.0.0.1:${ports[$server]}")
  if [[ $output == *'Non-2xx'* || $output == *'Socket errors'* ]]; then
    fail "$kind of $server failed under load: $output"
  fi
  sed -n 's/^RESULT //p' <<< "$output"
}

# The ten keys from any user on. redis-benchmark takes a number of requests, not a time.
load_zset() {
  local requests=$((seconds * 50000)) rate
  rate=$(redis-benchmark -h 127.0.0.1 -p "${ports[redis]}" -c "$connections" -n "$requests" -r "$1" --csv \
    ZRANGEBYLEX keys '[u/__rand_int__/' + LIMIT 0 10 | awk -F '","' 'END { print $2 }')
  printf '%s %s -\n' "$requests" "$rate"
}

report_search() {
  local count=$1 kind
  printf '\n## Pages of ten among %s keys\n\n' "$(grouped "$count")"
  printf '| request | requests/s | it / GET: median (least to most) | by prefix / it | server CPU a request, µs | bytes an answer |\n'
  printf '|---|--:|--:|--:|--:|--:|\n'
  for kind in "${@:2}"; do
    printf '| %s | %.0f | %s | %.2f | %.1f | %s |\n' "$(label_of_search "$kind")" "$(column search "$kind" 4 | median)" \
      "$(ratios search "$kind" get 4 | describe)" "$(ratios search prefix "$kind" 4 | median)" \
      "$(column search "$kind" 5 | median)" "$(column search "$kind" 6 | median)"
  done
  ((count <= etcd_most_keys)) || printf '\netcd is left out above %s keys: it takes too long to fill.\n' "$(grouped "$etcd_most_keys")"
}

# About ten keys match each of the searches.
label_of_search() {
  case $1 in
    get) printf '**KvStore** GET' ;;
    prefix | suffix) printf '**KvStore** by %s' "$1" ;;
    both) printf '**KvStore** by both, 100 keys with the prefix' ;;
    wide) printf '**KvStore** by both, 1,000 keys with the prefix' ;;
    zset) printf 'redis-server ZRANGEBYLEX (redis-benchmark)' ;;
    etcd) printf 'etcd range by prefix' ;;
  esac
}
