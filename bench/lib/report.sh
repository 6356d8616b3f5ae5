# What was measured, on what, as Markdown. Sourced by run.sh.

report_machine() {
  local commit
  commit=$(git -C "$root" rev-parse --short HEAD 2> /dev/null || printf 'unknown')
  [[ -z $(git -C "$root" status --porcelain 2> /dev/null) ]] || commit+=' with changes'
  cat <<TEXT
# KvStore beside its peers

| | |
|---|---|
| Machine | $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, Linux $(uname -r) |
| Load before | $(cut -d ' ' -f 1-3 /proc/loadavg) |
| .NET | runtime $(dotnet --list-runtimes | awk '/AspNetCore/ { v = $2 } END { print v }'), SDK $(dotnet --version) |
| Commit | $commit |
| Date | $(date -u +'%Y-%m-%d %H:%M UTC') |
TEXT
}

report_rounds() {
  printf '| Rounds | %s of %s s for each measurement |\n' "$rounds" "$seconds"
}

label_of() {
  case $1 in
    kvstore) printf '**KvStore**' ;;
    bare) printf 'bare Kestrel' ;;
    nginx-1) printf 'nginx, 1 worker' ;;
    nginx-2) printf 'nginx, 2 workers' ;;
    webdis) printf 'webdis + redis-server' ;;
    redis) printf 'redis-server (redis-benchmark)' ;;
    kvstore-always | kvstore-interval | kvstore-never) printf '**KvStore, %s**' "${1#kvstore-}" ;;
    redis-always | redis-everysec) printf 'redis-server, appendfsync %s (redis-benchmark)' "${1#redis-}" ;;
    etcd) printf 'etcd, HTTP gateway' ;;
  esac
}

# One table of $work/throughput.tsv: lines of operation, server, round, requests a second, CPU microseconds a request.
report_throughput() {
  local operation=$1 server
  printf '\n## %s\n\n| server | requests/s | KvStore / it: median (least to most) | server CPU a request, µs | KvStore / it |\n|---|--:|--:|--:|--:|\n' \
    "$operation"
  for server in "${@:2}"; do
    printf '| %s | %.0f | %s | %.1f | %.2f |\n' "$(label_of "$server")" \
      "$(column "$operation" "$server" 4 | median)" \
      "$(ratios "$operation" kvstore "$server" 4 | describe)" \
      "$(column "$operation" "$server" 5 | median)" \
      "$(ratios "$operation" kvstore "$server" 5 | median)"
  done
}

column() {
  awk -F '\t' -v operation="$1" -v server="$2" -v column="$3" \
    '$1 == operation && $2 == server { print $column }' "$work/throughput.tsv"
}

# What FIRST measured over what SECOND did in the same round, one a line.
ratios() {
  awk -F '\t' -v operation="$1" -v first="$2" -v second="$3" -v column="$4" '
    $1 == operation && $2 == first { ours[$3] = $column }
    $1 == operation && $2 == second { theirs[$3] = $column }
    END { for (round in ours) print ours[round] / theirs[round] }' "$work/throughput.tsv"
}

# The median of numbers on stdin, and between which they lie.
describe() {
  local numbers least most
  numbers=$(cat)
  read -r least most <<< "$(range <<< "$numbers")"
  printf '%.3f (%.3f to %.3f)' "$(median <<< "$numbers")" "$least" "$most"
}
