# Keys a second in batches over HTTP, beside redis-benchmark with requests in flight. Sourced by run.sh.

batches=200
batch_keys=$((batches * 1000))
batch_connections=8
in_flight=16

run_batch() {
  local round server operation
  start_kvstore
  start_redis
  wait_for kvstore redis
  : > "$work/batch.tsv"
  # Round 0 fills both and warms up.
  for ((round = 0; round <= rounds; round++)); do
    progress "batches, round $round of $rounds"
    for operation in SET GET; do
      for server in $(in_order_of_round "$round" kvstore redis); do
        measure_batch "$operation" "$server" "$round" > "$work/last.tsv"
        if ((round > 0)); then cat "$work/last.tsv" >> "$work/batch.tsv"; fi
      done
    done
  done
  check_batches
  report_batches
  stop_all
}

# Prints a line of batch.tsv: operation, server, round, keys a second, CPU microseconds a key.
measure_batch() {
  local operation=$1 server=$2 round=$3 before after keys rate
  before=$(cpu_us "${pids[$server]}")
  read -r keys rate <<< "$("load_batches_$server" "$operation")"
  after=$(cpu_us "${pids[$server]}")
  [[ -n $rate ]] || exit 1
  awk -v OFS='\t' -v operation="$operation" -v server="$server" -v round="$round" -v rate="$rate" \
    -v cpu="$((after - before))" -v keys="$keys" 'BEGIN { print operation, server, round, rate, cpu / keys }'
}

load_batches_kvstore() {
  local output
  output=$(OP=$1 BATCHES=$batches VALUE=$value wrk -t1 "-c$batch_connections" "-d${seconds}s" -s "$bench/lib/batch.lua" \
    "http://127.0.0.1:${ports[kvstore]}/batch")
  if [[ $output == *'Non-2xx'* || $output == *'Socket errors'* ]]; then
    fail "batches of $1 failed under load: $output"
  fi
  awk '/requests in/ { requests = $1 } /^Requests\/sec/ { print requests * 1000, $2 * 1000 }' <<< "$output"
}

load_batches_redis() {
  local requests=$((seconds * 1000000)) rate
  local -a command=(GET key:__rand_int__)
  if [[ $1 == SET ]]; then command=(SET key:__rand_int__ "$value"); fi
  rate=$(redis-benchmark -h 127.0.0.1 -p "${ports[redis]}" -c 50 -P "$in_flight" -r "$batch_keys" -n "$requests" --csv "${command[@]}" \
    | awk -F '","' 'END { print $2 }')
  printf '%s %s\n' "$requests" "$rate"
}

# Stops the run where a batch's answers are not what was set.
check_batches() {
  local answer
  answer=$(curl -sSf -H 'Content-Type: application/json' -d '{"operations":[{"op":"get","key":"key:000000000007"}]}' \
    "http://127.0.0.1:${ports[kvstore]}/batch")
  [[ $answer == *"\"value\":\"$value\""* ]] || fail "a batch answers $answer"
  [[ $(curl -sSf "http://127.0.0.1:${ports[kvstore]}/count") == "{\"count\":$batch_keys}" ]] || fail 'batches set other keys'
}

report_batches() {
  local operation server
  for operation in GET SET; do
    printf '\n## %s in batches of 1,000, %s keys\n\n| server | keys/s | KvStore / it: median (least to most) | server CPU a key, µs |\n|---|--:|--:|--:|\n' \
      "$operation" "$(grouped "$batch_keys")"
    for server in kvstore redis; do
      printf '| %s | %.0f | %s | %.2f |\n' "$(label_of_batch "$server")" "$(batch_column "$operation" "$server" 4 | median)" \
        "$(batch_ratios "$operation" "$server" | describe)" "$(batch_column "$operation" "$server" 5 | median)"
    done
  done
}

label_of_batch() {
  case $1 in
    kvstore) printf '**KvStore**, %s connections' "$batch_connections" ;;
    redis) printf 'redis-server (redis-benchmark, 50 connections, %s in flight)' "$in_flight" ;;
  esac
}

batch_column() {
  awk -F '\t' -v operation="$1" -v server="$2" -v column="$3" '$1 == operation && $2 == server { print $column }' "$work/batch.tsv"
}

# Our keys a second over those of SERVER in the same round, one a line.
batch_ratios() {
  awk -F '\t' -v operation="$1" -v server="$2" '
    $1 == operation && $2 == "kvstore" { ours[$3] = $4 }
    $1 == operation && $2 == server { theirs[$3] = $4 }
    END { for (round in ours) print ours[round] / theirs[round] }' "$work/batch.tsv"
}
