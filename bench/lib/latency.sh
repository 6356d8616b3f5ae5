# How long GETs take while an expensive search runs. Sourced by run.sh.

# What runs beside the GETs: nothing; one more GET; the dearest page of ten; all keys that end in one digit, 9 % of the store; all
# keys with their values.
declare -A beside_path=([get]=/get/u/000000000000/e [page]='/search?limit=10&suffix=/e' [list]='/search?suffix=7' [export]=/export)
besides=(alone get page list)

run_p99() {
  local count=$1 round beside
  : > "$work/p99.tsv"
  for ((round = 0; round <= rounds; round++)); do
    progress "GETs beside searches among $count keys, round $round of $rounds"
    for beside in $(in_order_of_round "$round" "${besides[@]}"); do
      # Round 0 warms up.
      measure_p99 "$beside" "$count" "$round" > "$work/last.tsv"
      if ((round > 0)); then cat "$work/last.tsv" >> "$work/p99.tsv"; fi
    done
  done
  report_p99
}

# Prints a line of p99.tsv: what ran beside, round, microseconds of p50 and p99, GETs a second, what ran beside, a second.
measure_p99() {
  local beside=$1 users=$(($2 / 10)) round=$3 searcher='' searches=0 rate p50 p99
  if [[ $beside != alone ]]; then
    start searcher wrk -t1 -c1 "-d$((seconds + 1))s" --timeout 60s "http://127.0.0.1:${ports[kvstore]}${beside_path[$beside]}"
    searcher=$pid
    read -rt 0.5 -u "$nap" || true
  fi
  # 32 connections that rest 5 ms at the mean: about 6,000 a second.
  read -r _ rate _ p50 p99 <<< "$(PACE=10 load_random kvstore get "$users" -t1 -c32 "-d${seconds}s")"
  [[ -n $p99 ]] || exit 1
  if [[ -n $searcher ]]; then
    wait "$searcher"
    searches=$(awk '/^Requests\/sec/ { print $2 }' "$work/searcher.log")
  fi
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$beside" "$round" "$p50" "$p99" "$rate" "$searches"
}

report_p99() {
  local beside
  printf '\n### GETs beside what is expensive\n\n'
  printf '| one connection repeats | times a second | GETs/s | p50, µs | p99, µs '
  printf '| p99 / alone: median (least to most) | p99 / beside a GET |\n'
  printf '|---|--:|--:|--:|--:|--:|--:|\n'
  for beside in "${besides[@]}"; do
    printf '| %s | %.1f | %.0f | %.0f | %.0f | %s | %.2f |\n' "$(label_of_beside "$beside")" "$(p99_column "$beside" 6 | median)" \
      "$(p99_column "$beside" 5 | median)" "$(p99_column "$beside" 3 | median)" "$(p99_column "$beside" 4 | median)" \
      "$(p99_ratios "$beside" alone | describe)" "$(p99_ratios "$beside" get | median)"
  done
}

label_of_beside() {
  case $1 in
    alone) printf 'nothing' ;;
    get) printf 'a GET' ;;
    page) printf 'a page of ten: %s' "${beside_path[page]}" ;;
    export) printf 'an export' ;;
    list) printf 'a list of 9 %% of all keys: %s' "${beside_path[list]}" ;;
  esac
}

p99_column() {
  awk -F '\t' -v beside="$1" -v column="$2" '$1 == beside { print $column }' "$work/p99.tsv"
}

# p99 beside FIRST over p99 beside SECOND in the same round, one a line.
p99_ratios() {
  awk -F '\t' -v first="$1" -v second="$2" '
    $1 == first { ours[$2] = $4 }
    $1 == second { theirs[$2] = $4 }
    END { for (round in ours) print ours[round] / theirs[round] }' "$work/p99.tsv"
}
