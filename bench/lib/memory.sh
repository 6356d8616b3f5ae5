# Resident memory a key, beside redis-server. Sourced by run.sh.

run_memory() {
  local shape count server
  publish bench/Loader
  : > "$work/memory.tsv"
  for shape in fixed path; do
    for count in "${sizes[@]}"; do
      for server in kvstore redis; do
        measure_memory "$server" "$shape" "$count" >> "$work/memory.tsv"
      done
    done
  done
  report_memory
}

# Prints a line of memory.tsv: shape, keys, server, resident kilobytes empty and full.
measure_memory() {
  local server=$1 shape=$2 count=$3 empty
  "start_$server"
  wait_for "$server"
  empty=$(settled_rss_kb "$server")
  load_keys "$server" "$server" "$shape" "$count"
  check_count "$server" "$count"
  printf '%s\t%s\t%s\t%s\t%s\n' "$shape" "$count" "$server" "$empty" "$(settled_rss_kb "$server")"
  stop_all
}

report_memory() {
  local shape count
  printf '\n## Memory\n\n'
  printf 'Resident bytes a key (VmRSS), values of 32 bytes. First what the keys added to the empty process, in brackets all there is; then the whole process, empty and full.\n\n'
  printf '| keys | KvStore, both indexes live | redis-server, no index | KvStore / it | KvStore, MB | redis-server, MB |\n|---|--:|--:|--:|--:|--:|\n'
  for shape in fixed path; do
    for count in "${sizes[@]}"; do
      awk -F '\t' -v shape="$shape" -v count="$count" -v keys="$(grouped "$count")" '
        $1 == shape && $2 == count { added[$3] = ($5 - $4) * 1024 / count; all[$3] = $5 * 1024 / count; mb[$3] = sprintf("%.0f to %.0f", $4 / 1024, $5 / 1024) }
        END {
          printf "| %s of %s bytes | %.1f (%.1f) | %.1f (%.1f) | **%.2f** (%.2f) | %s | %s |\n", keys, shape == "fixed" ? "16" : "16 to 40",
            added["kvstore"], all["kvstore"], added["redis"], all["redis"],
            added["kvstore"] / added["redis"], all["kvstore"] / all["redis"], mb["kvstore"], mb["redis"]
        }' "$work/memory.tsv"
    done
  done
}
