# Searches in the process of the store, without HTTP. Sourced by run.sh.

run_core_search() {
  local count
  publish bench/CoreSearch
  : > "$work/core.tsv"
  for count in "${sizes[@]}"; do
    progress "searches in process among $count keys"
    "$published/CoreSearch/CoreSearch" "$count" | sed "s/^/$count\t/" >> "$work/core.tsv"
  done
  report_core_search
}

report_core_search() {
  local count name matches mean ratio
  printf '\n## Pages of ten in process\n\n'
  printf '| keys | search | matches | mean, µs | beside %s keys |\n|--:|---|--:|--:|--:|\n' "$(grouped "${sizes[0]}")"
  # The first size comes first, so its means are known when the others need them.
  awk -F '\t' -v OFS='\t' '!($2 in first) { first[$2] = $4 } { print $0, $4 / first[$2] }' "$work/core.tsv" \
    | while IFS=$'\t' read -r count name matches mean ratio; do
      printf '| %s | %s | %s | %s | %.2f |\n' "$(grouped "$count")" "$name" "$(grouped "$matches")" "$mean" "$ratio"
    done
}
