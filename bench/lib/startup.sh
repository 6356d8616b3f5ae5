# Time from starting the process to its first 200 on /ready. Sourced by run.sh.

starts=10

run_startup() {
  local run server
  for ((run = 0; run <= starts; run++)); do
    for server in $(in_order_of_round "$run" kvstore bare); do
      # The first start reads the files from disk; it is not counted.
      start_until_ready "$server" > "$work/last.ms"
      if ((run > 0)); then cat "$work/last.ms" >> "$work/$server.ms"; fi
      stop_all
    done
  done
  report_startup
}

start_until_ready() {
  local begin=${EPOCHREALTIME/[.,]/}
  "start_$1"
  wait_for "$1"
  until_ready "${ports[$1]}"
  awk -v us=$((${EPOCHREALTIME/[.,]/} - begin)) 'BEGIN { print us / 1000 }'
}

# Asks /ready until it answers 200, over a connection of its own each time and without starting a process.
until_ready() {
  local status=
  until [[ $status == 'HTTP/1.1 200 '* ]]; do
    exec {ready}<> "/dev/tcp/127.0.0.1/$1"
    printf 'GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&"$ready"
    read -r status <&"$ready" || true
    exec {ready}>&-
  done
}

report_startup() {
  local server most
  printf '\n## Start to ready\n\n| server | median of %d, ms | most, ms |\n|---|--:|--:|\n' "$starts"
  for server in kvstore bare; do
    read -r _ most <<< "$(range < "$work/$server.ms")"
    printf '| %s | %.0f | %.0f |\n' "$(label_of "$server")" "$(median < "$work/$server.ms")" "$most"
  done
}
