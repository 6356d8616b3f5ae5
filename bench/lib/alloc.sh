# Bytes allocated by a GET, told by the runtime's own counter. Sourced by run.sh.

run_alloc() {
  local hook=$published/AllocationHook/AllocationHook.dll
  dotnet publish "$bench/AllocationHook" --configuration Release --output "${hook%/*}" --verbosity quiet -nologo >&2
  # Only the two servers are to load it, not the tools.
  ALLOCATION_FILE=$work/kvstore.allocated DOTNET_STARTUP_HOOKS=$hook start_kvstore
  ALLOCATION_FILE=$work/bare.allocated DOTNET_STARTUP_HOOKS=$hook start_bare
  wait_for kvstore bare
  seed kvstore bare

  measure_allocation load_http
  report_alloc GET
  stop_all
}

# Loads both servers by LOAD, in turn, and keeps what a request allocates.
measure_allocation() {
  local load=$1 round server
  rm -f "$work/kvstore.bytes" "$work/bare.bytes"
  for server in kvstore bare; do
    progress "warming up $server"
    "$load" GET "$server" "$seconds" > /dev/null
  done
  for ((round = 1; round <= rounds; round++)); do
    progress "allocation, round $round of $rounds"
    for server in $(in_order_of_round "$round" kvstore bare); do
      allocated_by_request "$load" "$server" >> "$work/$server.bytes"
    done
  done
}

# Bytes a request. A short load is taken from a long one, so that what connections cost cancels out.
allocated_by_request() {
  local load=$1 server=$2 short_requests short_bytes long_requests long_bytes
  read -r short_requests short_bytes <<< "$(allocated_during "$load" "$server" 1)"
  read -r long_requests long_bytes <<< "$(allocated_during "$load" "$server" $((seconds + 1)))"
  awk -v bytes=$((long_bytes - short_bytes)) -v requests=$((long_requests - short_requests)) 'BEGIN { print bytes / requests }'
}

# Loads SERVER by LOAD for SECONDS; prints the number of requests and the bytes allocated meanwhile.
allocated_during() {
  local load=$1 server=$2 duration=$3 before after requests rest
  before=$(allocated "$server")
  read -r requests rest <<< "$("$load" GET "$server" "$duration")"
  after=$(allocated "$server")
  printf '%s %s\n' "$requests" $((after - before))
}

# Asks the hook in SERVER for a new line in its file, and prints it.
allocated() {
  local file=$work/$1.allocated lines deadline=$((SECONDS + 10))
  touch "$file"
  lines=$(wc -l < "$file")
  kill -USR1 "${pids[$1]}"
  while (($(wc -l < "$file") == lines)); do
    ((SECONDS < deadline)) || fail "$1 does not tell its allocations: $(tail -n 3 "$work/$1.log")"
    read -rt 0.01 -u "$nap" || true
  done
  tail -n 1 "$file"
}

report_alloc() {
  local request=$1 server least most
  printf '\n## Allocation by a %s\n\n| server | bytes allocated: median (least to most) |\n|---|--:|\n' "$request"
  for server in kvstore bare; do
    read -r least most <<< "$(range < "$work/$server.bytes")"
    printf '| %s | %.2f (%.2f to %.2f) |\n' "$(label_of "$server")" "$(median < "$work/$server.bytes")" "$least" "$most"
  done
}
