# Bytes allocated by a GET, told by the runtime's own counter. Sourced by run.sh.

run_alloc() {
  local round server hook=$published/AllocationHook/AllocationHook.dll
  dotnet publish "$bench/AllocationHook" --configuration Release --output "${hook%/*}" --verbosity quiet -nologo >&2
  # Only the two servers are to load it, not the tools.
  ALLOCATION_FILE=$work/kvstore.allocated DOTNET_STARTUP_HOOKS=$hook start_kvstore
  ALLOCATION_FILE=$work/bare.allocated DOTNET_STARTUP_HOOKS=$hook start_bare
  wait_for kvstore bare
  seed kvstore bare

  for server in kvstore bare; do
    progress "warming up $server"
    load_http GET "$server" "$seconds" > /dev/null
  done
  for ((round = 1; round <= rounds; round++)); do
    progress "allocation, round $round of $rounds"
    for server in $(in_order_of_round "$round" kvstore bare); do
      allocated_by_get "$server" >> "$work/$server.bytes"
    done
  done

  report_alloc
  stop_all
}

# Bytes a request. A short load is taken from a long one, so that what connections cost cancels out.
allocated_by_get() {
  local server=$1 short_requests short_bytes long_requests long_bytes
  read -r short_requests short_bytes <<< "$(allocated_during "$server" 1)"
  read -r long_requests long_bytes <<< "$(allocated_during "$server" $((seconds + 1)))"
  awk -v bytes=$((long_bytes - short_bytes)) -v requests=$((long_requests - short_requests)) 'BEGIN { print bytes / requests }'
}

# Loads SERVER for SECONDS; prints the number of requests and the bytes allocated meanwhile.
allocated_during() {
  local before after requests rest
  before=$(allocated "$1")
  read -r requests rest <<< "$(load_http GET "$1" "$2")"
  after=$(allocated "$1")
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
  local server least most
  printf '\n## Allocation\n\n| server | bytes allocated a GET: median (least to most) |\n|---|--:|\n'
  for server in kvstore bare; do
    read -r least most <<< "$(range < "$work/$server.bytes")"
    printf '| %s | %.2f (%.2f to %.2f) |\n' "$(label_of "$server")" "$(median < "$work/$server.bytes")" "$least" "$most"
  done
}
