# Pauses of the garbage collector under steady writes, in the process of the store. Sourced by run.sh.

run_gc() {
  local count map
  publish bench/GcLoad
  for count in "${sizes[@]}"; do
    for map in store dictionary; do
      progress "writes for twice $seconds s to a $map of $count keys"
      "$published/GcLoad/GcLoad" "$map" "$count" "$seconds" > "$work/$map.gc" || fail "GcLoad $map failed"
    done
    report_gc "$count"
  done
}

# The first line of a file is the collector's settings; then a line for each load, of its name and its columns.
report_gc() {
  local count=$1 line name
  printf '\n## Collector, %s keys, %s s of 200,000 writes a second\n\nSettings: %s.\n' "$(grouped "$count")" "$seconds" "$(head -n 1 "$work/store.gc")"
  for line in 2 3; do
    name=$(sed -n "${line}p" "$work/store.gc" | cut -f 1)
    printf '\n| %s | **KvStore** | dictionary | KvStore / it |\n|---|--:|--:|--:|\n' "$name"
    paste -d '\n' <(columns_of "$line" store) <(columns_of "$line" dictionary) | paste - - | report_gc_rows
  done
}

columns_of() {
  sed -n "${1}p" "$work/$2.gc" | cut -f 2- | tr '\t' '\n'
}

report_gc_rows() {
  awk -F '\t' '
    BEGIN { split("taken, s|all pauses, ms|longest pause, ms|collections of generation 0 + 1 + 2|p99.9 of a write, µs|longest write, µs|managed memory, MB|resident memory, MB", label, "|") }
    { printf "| %s | %s | %s | %s |\n", label[NR], $1, $2, $1 $2 ~ /\+/ || $2 == 0 ? "" : sprintf("%.3f", $1 / $2) }'
}
