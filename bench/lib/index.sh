# GETs and overwrites with the two indexes live, beside the same build without them. Sourced by run.sh.

indexed=(kvstore unindexed)

run_index() {
  local count
  publish bench/Loader
  make_without unindexed WithoutIndex
  for count in "${sizes[@]}"; do
    index_of "$count"
  done
}

index_of() {
  local count=$1 round operation server
  start_kvstore
  start_service unindexed "$work/unindexed"
  wait_for "${indexed[@]}"
  for server in "${indexed[@]}"; do
    load_keys kvstore "$server" path "$count"
    check_count "$server" "$count"
  done
  check_search kvstore '["u/000000000000/'
  check_search unindexed '[]'

  : > "$work/throughput.tsv"
  for ((round = 0; round <= rounds; round++)); do
    progress "with and without indexes of $count keys, round $round of $rounds"
    for operation in get put; do
      for server in $(in_order_of_round "$round" "${indexed[@]}"); do
        # Round 0 warms up.
        measure_index "$operation" "$server" "$count" "$round" > "$work/last.tsv"
        if ((round > 0)); then cat "$work/last.tsv" >> "$work/throughput.tsv"; fi
      done
    done
  done
  # An overwrite that added a key would have been measured as something else.
  for server in "${indexed[@]}"; do check_count "$server" "$count"; done
  report_index "$count"
  stop_all
}

# Stops the run where SERVER's search does not answer what begins with EXPECTED: the switch does not do what it is for.
check_search() {
  local found
  found=$(curl -sSf "http://127.0.0.1:${ports[$1]}/search?limit=1&prefix=u/000000000000/")
  [[ $found == "$2"* ]] || fail "$1 should find $2 and finds $found"
}

# Prints a line of throughput.tsv.
measure_index() {
  local operation=$1 server=$2 users=$(($3 / 10)) round=$4 before after requests rate
  before=$(cpu_us "${pids[$server]}")
  read -r requests rate _ <<< "$(load_random "$server" "$operation" "$users" "-t$threads" "-c$connections" "-d${seconds}s")"
  after=$(cpu_us "${pids[$server]}")
  [[ -n $rate ]] || exit 1
  awk -v OFS='\t' -v operation="$operation" -v server="$server" -v round="$round" -v rate="$rate" \
    -v cpu="$((after - before))" -v requests="$requests" 'BEGIN { print operation, server, round, rate, cpu / requests }'
}

report_index() {
  local operation
  printf '\n## With and without indexes, %s keys\n\n' "$(grouped "$1")"
  printf '| request | requests/s with | without | with / without: median (least to most) '
  printf '| server CPU a request with, µs | with / without: median (least to most) |\n|---|--:|--:|--:|--:|--:|\n'
  for operation in get put; do
    printf '| %s | %.0f | %.0f | %s | %.1f | %s |\n' "$(label_of_operation "$operation")" \
      "$(column "$operation" kvstore 4 | median)" "$(column "$operation" unindexed 4 | median)" \
      "$(ratios "$operation" kvstore unindexed 4 | describe)" \
      "$(column "$operation" kvstore 5 | median)" "$(ratios "$operation" kvstore unindexed 5 | describe)"
  done
}

label_of_operation() {
  case $1 in
    get) printf 'GET' ;;
    put) printf 'overwrite by PUT' ;;
  esac
}
