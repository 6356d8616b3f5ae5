# Imports beside redis-cli --pipe, exports, and GETs beside an export. Sourced by run.sh.

run_import() {
  local count round server
  publish bench/Loader
  for count in "${sizes[@]}"; do
    write_dumps "$count"
    : > "$work/import.tsv"
    for ((round = 1; round <= rounds; round++)); do
      progress "imports of $count records, round $round of $rounds"
      for server in $(in_order_of_round "$round" kvstore redis); do
        "measure_${server}_import" "$count" "$round" >> "$work/import.tsv"
      done
    done
    report_import "$count"
    run_export_p99 "$count"
  done
}

# The same records as lines of JSON and as Redis commands.
write_dumps() {
  "$published/Loader/Loader" ndjson "$work/dump.ndjson" path "$1"
  "$published/Loader/Loader" resp "$work/dump.resp" path "$1"
}

import_dump() {
  local answer
  answer=$(curl -sS -X POST -T "$work/dump.ndjson" -H 'Content-Type: application/x-ndjson' "http://127.0.0.1:${ports[kvstore]}/import")
  [[ $answer == "{\"imported\":$1}" ]] || fail "the import answered $answer"
}

# Prints lines of import.tsv: what was done, round, records a second, CPU microseconds a record.
measure_kvstore_import() {
  local count=$1 round=$2
  start_kvstore
  wait_for kvstore
  timed import "$round" "$count" kvstore import_dump "$count"
  timed export "$round" "$count" kvstore export_to /dev/null
  timed export-gzip "$round" "$count" kvstore export_to /dev/null --compressed
  if ((round == 1)); then compare_export; fi
  stop_all
}

measure_redis_import() {
  local count=$1 round=$2
  start_redis
  wait_for redis
  timed redis "$round" "$count" redis pipe_dump "$count"
  stop_all
}

pipe_dump() {
  local answer
  answer=$(redis_command --pipe < "$work/dump.resp")
  [[ $answer == *"errors: 0, replies: $1" ]] || fail "redis-cli --pipe said $answer"
}

export_to() {
  curl -sSf -o "$1" "${@:2}" "http://127.0.0.1:${ports[kvstore]}/export"
}

# Runs a command, and prints what SERVER did for it.
timed() {
  local name=$1 round=$2 count=$3 server=$4 begin cpu
  cpu=$(cpu_us "${pids[$server]}")
  begin=$EPOCHREALTIME
  "${@:5}"
  awk -v name="$name" -v round="$round" -v count="$count" -v begin="$begin" -v end="$EPOCHREALTIME" \
    -v cpu="$(($(cpu_us "${pids[$server]}") - cpu))" \
    'BEGIN { printf "%s\t%s\t%.0f\t%.3f\n", name, round, count / (end - begin), cpu / count }'
}

# Stops the run where the store does not export the records that were imported.
compare_export() {
  export_to "$work/export.ndjson"
  cmp -s <(LC_ALL=C sort "$work/dump.ndjson") <(sed 's/,"contentType":.*/}/' "$work/export.ndjson" | LC_ALL=C sort) \
    || fail 'the export is not what was imported'
  LC_ALL=C sort -c -t '"' -k 4,4 "$work/export.ndjson" || fail 'the export is not in key order'
  rm "$work/export.ndjson"
}

report_import() {
  local name
  printf '\n## Import and export, %s records\n\n' "$(grouped "$1")"
  printf '| | records/s | import / it: median (least to most) | server CPU a record, µs |\n|---|--:|--:|--:|\n'
  for name in import redis export export-gzip; do
    printf '| %s | %.0f | %s | %.2f |\n' "$(label_of_import "$name")" "$(import_column "$name" 3 | median)" \
      "$(import_ratios "$name" | describe)" "$(import_column "$name" 4 | median)"
  done
}

label_of_import() {
  case $1 in
    import) printf '**`POST /import`**, curl' ;;
    redis) printf 'redis-cli --pipe' ;;
    export) printf '`GET /export`, curl' ;;
    export-gzip) printf '`GET /export`, curl --compressed' ;;
  esac
}

import_column() {
  awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$work/import.tsv"
}

import_ratios() {
  awk -F '\t' -v name="$1" '
    $1 == "import" { ours[$2] = $3 }
    $1 == name { theirs[$2] = $3 }
    END { for (round in ours) print ours[round] / theirs[round] }' "$work/import.tsv"
}

run_export_p99() {
  local -a besides=(alone get export)
  start_kvstore
  wait_for kvstore
  import_dump "$1"
  run_p99 "$1"
  stop_all
}
