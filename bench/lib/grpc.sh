# Throughput, CPU time and allocation of a Get over gRPC, beside bare Kestrel. Sourced by run.sh.

grpc_connections=8
grpc_streams=8
grpc_path=/kvstore.KeyValueStore/Get
grpc_headers=(-H 'content-type: application/grpc' -H 'te: trailers')

run_grpc() {
  local round server hook=$published/AllocationHook/AllocationHook.dll
  grpc_request > "$work/request.bin"
  start_kvstore
  start_bare_grpc
  wait_for kvstore bare
  check_grpc_answers

  : > "$work/throughput.tsv"
  # Round 0 warms up.
  for ((round = 0; round <= rounds; round++)); do
    progress "gRPC, round $round of $rounds"
    for server in $(in_order_of_round "$round" kvstore bare); do
      measure_grpc "$server" "$round" > "$work/last.tsv"
      if ((round > 0)); then cat "$work/last.tsv" >> "$work/throughput.tsv"; fi
    done
  done
  report_throughput 'Get over gRPC' kvstore bare
  stop_all

  dotnet publish "$bench/AllocationHook" --configuration Release --output "${hook%/*}" --verbosity quiet -nologo >&2
  ALLOCATION_FILE=$work/kvstore.allocated DOTNET_STARTUP_HOOKS=$hook start_kvstore
  ALLOCATION_FILE=$work/bare.allocated DOTNET_STARTUP_HOOKS=$hook start_bare_grpc
  wait_for kvstore bare
  check_grpc_answers
  measure_allocation load_grpc
  report_alloc 'Get over gRPC'
  stop_all
}

# A message in its frame, whose length is that of the key and two bytes before it: its field and its length.
grpc_request() {
  local length=${#get_key}
  printf '%b%b%s' "\\0\\0\\0\\0\\x$(printf '%x' $((length + 2)))" "\\x0a\\x$(printf '%x' "$length")" "$get_key"
}

# h2load takes every answer for a success that HTTP does, whatever gRPC says, and so the answers are compared before.
check_grpc_answers() {
  seed kvstore
  [[ $(answer_to_grpc kvstore) == *"$value"* && $(answer_to_grpc kvstore) == *'grpc-status: 0'* ]] || fail 'Get over gRPC is answered otherwise'
  diff <(answer_to_grpc kvstore) <(answer_to_grpc bare) >&2 || fail 'Get over gRPC: the bare endpoint answers otherwise'
}

# Status, headers, body and trailers, without the time of day.
answer_to_grpc() {
  curl -sSi --http2-prior-knowledge "${grpc_headers[@]}" --data-binary "@$work/request.bin" "http://127.0.0.1:${grpc_ports[$1]}$grpc_path" \
    | sed 's/^date: .*GMT/date: now/' | tr '\0' '0' | LC_ALL=C sort
}

# Prints a line of throughput.tsv.
measure_grpc() {
  local server=$1 round=$2 before after requests rate
  before=$(cpu_us "${pids[$server]}")
  read -r requests rate <<< "$(load_grpc GET "$server" "$seconds")"
  after=$(cpu_us "${pids[$server]}")
  [[ -n $rate ]] || exit 1
  awk -v OFS='\t' -v server="$server" -v round="$round" -v rate="$rate" -v cpu="$((after - before))" -v requests="$requests" \
    'BEGIN { print "Get over gRPC", server, round, rate, cpu / requests }'
}

# Runs h2load against SERVER for SECONDS; prints the number of calls and calls a second.
load_grpc() {
  local server=$2 duration=$3 output
  output=$(h2load -t1 "-c$grpc_connections" "-m$grpc_streams" -D "$duration" -d "$work/request.bin" "${grpc_headers[@]}" \
    "http://127.0.0.1:${grpc_ports[$server]}$grpc_path")
  [[ $output == *' 0 failed, 0 errored, 0 timeout'* ]] || fail "Get of $server over gRPC failed under load: $output"
  awk '/^requests:/ { requests = $8 } /^finished in/ { rate = $4 } END { print requests, rate }' <<< "$output"
}
