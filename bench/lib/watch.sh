# SETs beside watchers that want none of them, and how fast watchers that want all of them are told. Sourced by run.sh.

idle_watchers=1000
eager_watchers=100
watch_loads=(paced unpaced paced-grpc unpaced-grpc)

run_watch() {
  local round
  # The client's connections; the server's are as many and those of wrk. The .NET runtime goes up to the hard limit by itself.
  [[ $(ulimit -Hn) == unlimited ]] || (($(ulimit -Hn) >= idle_watchers + 500)) || fail "needs ulimit -Hn of $((idle_watchers + 500))" 2
  publish bench/Watchers
  start_kvstore
  wait_for kvstore
  : > "$work/throughput.tsv"
  : > "$work/watch.tsv"
  # Round 0 warms up.
  for ((round = 0; round <= rounds; round++)); do
    progress "SETs beside watchers, round $round of $rounds"
    measure_in_turn "$round" throughput.tsv measure_idle alone watched
    measure_in_turn "$round" watch.tsv measure_eager "${watch_loads[@]}"
  done
  report_idle
  report_eager
  stop_all
}

# Has COMMAND measure each of the things named, and keeps what it prints in FILE.
measure_in_turn() {
  local round=$1 file=$2 command=$3 thing
  for thing in $(in_order_of_round "$round" "${@:4}"); do
    "$command" "$thing" "$round" > "$work/last.tsv"
    if ((round > 0)); then cat "$work/last.tsv" >> "$work/$file"; fi
  done
}

# Starts COUNT clients that watch "all" writes or "none", where a third argument is given over gRPC on that port, and waits until every one has been told that events follow; their pid is
# then in $crowd.
start_watchers() {
  local which=$1 count=$2 deadline=$((SECONDS + 30))
  # Else the "ready" of those before them might be taken for theirs.
  rm -f "$work/watchers.log"
  start watchers "$published/Watchers/Watchers" "$which" "${ports[kvstore]}" "$count" "${@:3}"
  crowd=$pid
  until grep -qs '^ready$' "$work/watchers.log"; do
    if ((SECONDS >= deadline)) || ! kill -0 "$crowd" 2> /dev/null; then
      fail "$count watchers did not start: $(tail -n 3 "$work/watchers.log")"
    fi
    read -rt 0.05 -u "$nap" || true
  done
}

# Ends them when they have read everything; what they saw is then the last line of watchers.log. Stops the run where an event is missing, or
# came that should not have.
end_watchers() {
  kill -TERM "$crowd" 2> /dev/null || true
  wait "$crowd" || fail "a watcher was not told as it should be: $(tail -n 3 "$work/watchers.log")"
}

# Sends SETs for $seconds by wrk; prints how many, and how many a second.
load_sets() {
  local output
  output=$(VALUE=$value wrk "-t$threads" "-c$connections" "-d${seconds}s" -s "$bench/lib/watch.lua" "http://127.0.0.1:${ports[kvstore]}")
  if [[ $output == *'Non-2xx'* || $output == *'Socket errors'* ]]; then
    fail "SETs failed under load: $output"
  fi
  awk '/requests in/ { requests = $1 } /^Requests\/sec/ { print requests, $2 }' <<< "$output"
}

# Prints a line of throughput.tsv.
measure_idle() {
  local beside=$1 round=$2 before after requests rate
  if [[ $beside == watched ]]; then start_watchers none "$idle_watchers"; fi
  # What connecting and going away cost the server is not to be counted.
  read -rt 1 -u "$nap" || true
  before=$(cpu_us "${pids[kvstore]}")
  read -r requests rate <<< "$(load_sets)"
  after=$(cpu_us "${pids[kvstore]}")
  [[ -n $rate ]] || exit 1
  if [[ $beside == watched ]]; then end_watchers; fi
  awk -v OFS='\t' -v beside="$beside" -v round="$round" -v rate="$rate" \
    -v cpu="$((after - before))" -v requests="$requests" 'BEGIN { print "SET", beside, round, rate, cpu / requests }'
}

# Prints a line of watch.tsv: load, round, writes a second, events a second, CPU microseconds an event of the server and of the
# watchers, resumes.
measure_eager() {
  local load=$1 round=$2 before cpu requests rate writes events resumes taken client
  local -a over=()
  if [[ $load == *-grpc ]]; then over=("${grpc_ports[kvstore]}"); fi
  start_watchers all "$eager_watchers" "${over[@]}"
  before=$(cpu_us "${pids[kvstore]}")
  # Paced: connections that rest 32 ms at the mean, so about 2,000 a second.
  if [[ $load == paced* ]]; then local -x PACE=64; fi
  read -r requests rate <<< "$(load_sets)"
  [[ -n $rate ]] || exit 1
  end_watchers
  IFS=$'\t' read -r writes events resumes taken client <<< "$(tail -n 1 "$work/watchers.log")"
  cpu=$(($(cpu_us "${pids[kvstore]}") - before))
  # Some whose answers wrk did not wait for were written too.
  ((writes >= requests && events == writes * eager_watchers)) || fail "of $requests to $writes writes, $events events were read"
  awk -v OFS='\t' -v load="$load" -v round="$round" -v rate="$rate" -v events="$events" -v taken="$taken" \
    -v cpu="$cpu" -v client="$client" -v resumes="$resumes" \
    'BEGIN { print load, round, rate, events / taken, cpu / events, client / events, resumes, events }'
}

report_idle() {
  local ratio beside
  ratio=$(ratios SET watched alone 4 | median)
  printf '\n## SET beside %s watchers of other keys\n\n' "$(grouped "$idle_watchers")"
  printf '| beside | requests/s | it / no watcher: median (least to most) | server CPU a SET, µs | it / no watcher: median (least to most) |\n'
  printf '|---|--:|--:|--:|--:|\n'
  for beside in alone watched; do
    printf '| %s | %.0f | %s | %.1f | %s |\n' "$(label_of_beside_set "$beside")" "$(column SET "$beside" 4 | median)" \
      "$(ratios SET "$beside" alone 4 | describe)" "$(column SET "$beside" 5 | median)" "$(ratios SET "$beside" alone 5 | describe)"
  done
  awk -v ratio="$ratio" 'BEGIN { printf "\nTarget: throughput of 0.97 or more, which is %s.\n", (ratio >= 0.97 ? "met" : "missed") }'
}

label_of_beside_set() {
  case $1 in
    alone) printf 'no watcher' ;;
    watched) printf '**%s watchers**' "$(grouped "$idle_watchers")" ;;
  esac
}

report_eager() {
  local load
  printf '\n## %s watchers of every write\n\n' "$eager_watchers"
  printf '| SETs | SETs/s | events/s, of all: median (least to most) | server CPU an event, µs: median (least to most) '
  printf '| watchers'\'' CPU an event, µs | events in all | resumes | lost |\n|---|--:|--:|--:|--:|--:|--:|--:|\n'
  for load in "${watch_loads[@]}"; do
    # One that is lost ends the run, so none is.
    printf '| %s | %.0f | %s | %s | %.2f | %s | %s | 0 |\n' "$load" "$(watch_column "$load" 3 | median)" \
      "$(watch_column "$load" 4 | describe_whole)" "$(watch_column "$load" 5 | describe)" "$(watch_column "$load" 6 | median)" \
      "$(grouped "$(watch_column "$load" 8 | sum)")" "$(watch_column "$load" 7 | sum)"
  done
}

watch_column() {
  awk -F '\t' -v load="$1" -v column="$2" '$1 == load { print $column }' "$work/watch.tsv"
}

sum() {
  awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# As "describe", for large numbers.
describe_whole() {
  local numbers least most
  numbers=$(cat)
  read -r least most <<< "$(range <<< "$numbers")"
  printf '%.0f (%.0f to %.0f)' "$(median <<< "$numbers")" "$least" "$most"
}
