# Writes that are kept on a disk, and starts that read them back. Sourced by run.sh.

durable_writers=(kvstore kvstore-always kvstore-interval kvstore-never redis-always redis-everysec etcd)
recovery_rounds=5

run_durability() {
  run_durable_writes
  run_recovery
}

run_durable_writes() {
  local round server
  start_kvstore
  start_durable kvstore-always always "$work/data.always"
  start_durable kvstore-interval interval "$work/data.interval"
  start_durable kvstore-never never "$work/data.never"
  start_redis_with redis-always --save '' --appendonly yes --appendfsync always --auto-aof-rewrite-percentage 0
  start_redis_with redis-everysec --save '' --appendonly yes --appendfsync everysec --auto-aof-rewrite-percentage 0
  start_etcd
  wait_for "${durable_writers[@]}"
  for server in kvstore kvstore-always kvstore-interval kvstore-never; do until_ready "${ports[$server]}"; done
  seed kvstore kvstore-always kvstore-interval kvstore-never

  : > "$work/throughput.tsv"
  for server in "${durable_writers[@]}"; do
    progress "warming up $server"
    measure SET "$server" 0 > /dev/null
  done
  for ((round = 1; round <= rounds; round++)); do
    progress "round $round of $rounds"
    for server in $(in_order_of_round "$round" "${durable_writers[@]}"); do
      measure SET "$server" "$round" >> "$work/throughput.tsv"
    done
  done
  report_durable_writes
  report_log_bytes
  stop_all
}

report_durable_writes() {
  local server
  printf '\n## SET, kept on a disk\n\n%s connections, one key, 32 bytes. Medians of ratios in one round (least to most).\n\n' "$connections"
  printf '| server | requests/s | it / KvStore in memory | KvStore always / it | KvStore interval / it | server CPU a request, µs |\n|---|--:|--:|--:|--:|--:|\n'
  for server in "${durable_writers[@]}"; do
    printf '| %s | %.0f | %s | %s | %s | %.1f |\n' "$(label_of "$server")" \
      "$(column SET "$server" 4 | median)" \
      "$(ratios SET "$server" kvstore 4 | describe)" \
      "$(ratios SET kvstore-always "$server" 4 | describe)" \
      "$(ratios SET kvstore-interval "$server" 4 | describe)" \
      "$(column SET "$server" 5 | median)"
  done
}

# What the log of the mode always took for each of its records, beside their keys and values.
report_log_bytes() {
  local metrics
  metrics=$(curl -sSf "http://127.0.0.1:${ports[kvstore-always]}/metrics")
  awk -v payload=$((${#set_key} + ${#value})) '
    /^kvstore_wal_bytes_total / { bytes = $2 }
    /^kvstore_wal_records_total / { records = $2 }
    /^kvstore_wal_sync_duration_seconds_sum / { seconds = $2 }
    /^kvstore_wal_sync_duration_seconds_count / { syncs = $2 }
    END {
      printf "\nLog, mode always: %.2f bytes a record beside key and value; %.1f records a sync, %.0f µs a sync.\n",
        bytes / records - payload, records / syncs, seconds / syncs * 1000000
    }' <<< "$metrics"
}

run_recovery() {
  local count round server
  publish bench/Loader
  : > "$work/recovery.tsv"
  for count in "${sizes[@]}"; do
    fill_durable "$count"
    for ((round = 0; round <= recovery_rounds; round++)); do
      for server in $(in_order_of_round "$round" kvstore-snapshot kvstore-log redis-rdb); do
        # The first start brings the files into memory; it is not counted.
        measure_recovery "$server" "$count" "$round" > "$work/last.tsv"
        if ((round > 0)); then cat "$work/last.tsv" >> "$work/recovery.tsv"; fi
        stop_all
      done
    done
    rm -rf "$work/data.snapshot" "$work/data.log" "$work/data.redis-rdb"
  done
  report_recovery
}

# The same keys in a snapshot, in a log alone, and in an RDB file.
fill_durable() {
  local count=$1
  KvStore__Durability__SnapshotLogBytes=1000000000000 start_durable kvstore-log never "$work/data.log"
  wait_for kvstore-log
  until_ready "${ports[kvstore-log]}"
  load_keys kvstore kvstore-log fixed "$count"
  stop_all
  cp -r "$work/data.log" "$work/data.snapshot"
  KvStore__Durability__SnapshotLogBytes=1000000000000 start_durable kvstore-snapshot never "$work/data.snapshot"
  wait_for kvstore-snapshot
  until_ready "${ports[kvstore-snapshot]}"
  curl -sSf -X POST "http://127.0.0.1:${ports[kvstore-snapshot]}/admin/snapshot" > /dev/null
  stop_all
  start_redis_with redis-rdb --save '' --appendonly no
  wait_for redis-rdb
  load_keys redis redis-rdb fixed "$count"
  redis-cli -h 127.0.0.1 -p "${ports[redis-rdb]}" SAVE > /dev/null
  redis-cli -h 127.0.0.1 -p "${ports[redis-rdb]}" SHUTDOWN NOSAVE > /dev/null || true
  stop_all
}

# Prints a line of recovery.tsv: keys, server, round, seconds from the start of the process to its first answer from the data.
measure_recovery() {
  local server=$1 count=$2 round=$3 begin=${EPOCHREALTIME/[.,]/} held
  case $server in
    kvstore-*) start_durable "$server" never "$work/data.${server#kvstore-}" ;;
    redis-rdb) start_redis_with redis-rdb --save '' --appendonly no ;;
  esac
  wait_for "$server"
  case $server in
    kvstore-*) until_ready "${ports[$server]}" ;;
    redis-rdb) until_loaded "${ports[$server]}" ;;
  esac
  awk -v OFS='\t' -v count="$count" -v server="$server" -v round="$round" -v us=$((${EPOCHREALTIME/[.,]/} - begin)) \
    'BEGIN { print count, server, round, us / 1000000 }'
  case $server in
    kvstore-*) held=$(curl -sSf "http://127.0.0.1:${ports[$server]}/count") ;;
    redis-rdb) held=$(redis-cli -h 127.0.0.1 -p "${ports[$server]}" DBSIZE) ;;
  esac
  [[ ${held//[^0-9]/} == "$count" ]] || fail "$server should hold $count keys and says $held"
}

# Asks redis-server until it no longer says that it is loading.
until_loaded() {
  local answer=
  until [[ $answer == '+PONG'* ]]; do
    exec {loading}<> "/dev/tcp/127.0.0.1/$1"
    printf 'PING\r\n' >&"$loading"
    read -r answer <&"$loading" || true
    exec {loading}>&-
    read -rt 0.01 -u "$nap" || true
  done
}

report_recovery() {
  local count server
  printf '\n## Start with data\n\nSeconds from the start of the process until it answers from all its keys, of 16 bytes, with values of 32; KvStore has both indexes then. Medians of %s.\n\n' \
    "$recovery_rounds"
  printf '| keys | read from | seconds | it / redis-server (least to most) |\n|--:|---|--:|--:|\n'
  for count in "${sizes[@]}"; do
    for server in kvstore-snapshot kvstore-log redis-rdb; do
      printf '| %s | %s | %.2f | %s |\n' "$(grouped "$count")" "$(recovery_label "$server")" \
        "$(recovery_column "$count" "$server" | median)" "$(recovery_ratios "$count" "$server" | describe)"
    done
  done
}

recovery_label() {
  case $1 in
    kvstore-snapshot) printf '**KvStore**, snapshot' ;;
    kvstore-log) printf '**KvStore**, log alone' ;;
    redis-rdb) printf 'redis-server, RDB' ;;
  esac
}

recovery_column() {
  awk -F '\t' -v count="$1" -v server="$2" '$1 == count && $2 == server { print $4 }' "$work/recovery.tsv"
}

recovery_ratios() {
  awk -F '\t' -v count="$1" -v server="$2" '
    $1 == count && $2 == server { ours[$3] = $4 }
    $1 == count && $2 == "redis-rdb" { theirs[$3] = $4 }
    END { for (round in ours) print ours[round] / theirs[round] }' "$work/recovery.tsv"
}
