# Throughput and CPU time over HTTP. Sourced by run.sh.

connections=64
threads=2
readers=(kvstore bare nginx-1 nginx-2 webdis redis)
writers=(kvstore bare webdis redis)

run_http() {
  local round server operation
  start_kvstore
  start_bare
  start_nginx nginx-1
  start_nginx nginx-2
  start_redis
  wait_for redis
  start_webdis
  wait_for "${readers[@]}"
  check_answers

  : > "$work/throughput.tsv"
  for server in kvstore bare webdis; do
    progress "warming up $server"
    measure GET "$server" 0 > /dev/null
    measure SET "$server" 0 > /dev/null
  done
  for ((round = 1; round <= rounds; round++)); do
    progress "round $round of $rounds"
    for server in $(in_order_of_round "$round" "${readers[@]}"); do
      measure GET "$server" "$round" >> "$work/throughput.tsv"
    done
    for server in $(in_order_of_round "$round" "${writers[@]}"); do
      measure SET "$server" "$round" >> "$work/throughput.tsv"
    done
  done

  report_throughput GET "${readers[@]}"
  report_throughput SET "${writers[@]}"
  stop_all
}

# Stops the run where a server's answer is not the one to be compared, or the bare endpoint's headers are not ours.
check_answers() {
  local server
  seed kvstore bare
  webdis_request "SET/$get_key/$value" > /dev/null
  for server in kvstore bare nginx-1 nginx-2 webdis; do
    [[ $(curl -sSf "$(url_of GET "$server")") == "$value" ]] || fail "$server answers GET with another value"
  done
  [[ $(webdis_request "SET/$set_key/$value") == '{"SET":[true,"OK"]}' ]] || fail 'webdis does not answer SET with OK'
  diff <(answer_to GET kvstore) <(answer_to GET bare) >&2 || fail 'GET: the bare endpoint answers other bytes'
  diff <(answer_to SET kvstore) <(answer_to SET bare) >&2 || fail 'SET: the bare endpoint answers other bytes'
}

webdis_request() {
  curl -sSf "http://127.0.0.1:${ports[webdis]}/$1"
}

# Status, headers and body; sorted, since the order of headers does not matter, and without the time of day.
answer_to() {
  local -a body=()
  if [[ $1 == SET ]]; then body=(-H 'Content-Type: application/json' -d "$(set_body)"); fi
  curl -sSi "${body[@]}" "$(url_of "$1" "$2")" | sed 's/^Date: .*GMT/Date: now/' | sort
}

# The body of a SET; etcd takes keys and values in Base64.
set_body() {
  if [[ ${1:-} == etcd ]]; then
    printf '{"key":"%s","value":"%s"}' "$(printf '%s' "$set_key" | base64)" "$(printf '%s' "$value" | base64)"
  else
    printf '{"key":"%s","value":"%s"}' "$set_key" "$value"
  fi
}

url_of() {
  local base=http://127.0.0.1:${ports[$2]}
  case $1-$2 in
    GET-webdis) printf '%s/GET/%s.txt' "$base" "$get_key" ;;
    SET-webdis) printf '%s/SET/%s/%s' "$base" "$set_key" "$value" ;;
    SET-etcd) printf '%s/v3/kv/put' "$base" ;;
    GET-*) printf '%s/get/%s' "$base" "$get_key" ;;
    SET-*) printf '%s/set' "$base" ;;
  esac
}

# Prints a line of throughput.tsv.
measure() {
  local operation=$1 server=$2 round=$3 before after requests rate
  local -a processes
  read -ra processes <<< "${pids[$server]}"
  before=$(cpu_us "${processes[@]}")
  if [[ $server == redis* ]]; then
    read -r requests rate <<< "$(load_redis "$operation" "$server")"
  else
    read -r requests rate <<< "$(load_http "$operation" "$server" "$seconds")"
  fi
  after=$(cpu_us "${processes[@]}")
  [[ -n $rate ]] || exit 1
  awk -v OFS='\t' -v operation="$operation" -v server="$server" -v round="$round" -v rate="$rate" \
    -v cpu="$((after - before))" -v requests="$requests" 'BEGIN { print operation, server, round, rate, cpu / requests }'
}

# Runs wrk for SECONDS; prints the number of requests and requests a second.
load_http() {
  local operation=$1 server=$2 duration=$3 output
  local -a script=()
  if [[ $operation == SET && $server != webdis ]]; then
    script=(-s "$bench/lib/set.lua")
  fi
  output=$(BODY=$(set_body "$server") wrk "-t$threads" "-c$connections" "-d${duration}s" "${script[@]}" "$(url_of "$operation" "$server")")
  if [[ $output == *'Non-2xx'* || $output == *'Socket errors'* ]]; then
    fail "$operation of $server failed under load: $output"
  fi
  awk '/requests in/ { requests = $1 } /^Requests\/sec/ { print requests, $2 }' <<< "$output"
}

# redis-benchmark takes a number of requests, not a time: about as many as fit $seconds.
load_redis() {
  local requests=$((seconds * 80000)) rate
  local -a command=(GET "$get_key")
  if [[ $1 == SET ]]; then command=(SET "$set_key" "$value"); fi
  rate=$(redis-benchmark -h 127.0.0.1 -p "${ports[$2]}" -c "$connections" -n "$requests" --csv "${command[@]}" \
    | awk -F '","' 'END { print $2 }')
  printf '%s %s\n' "$requests" "$rate"
}
