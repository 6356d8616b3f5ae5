# The same answers from KvStore and from redis-server's SCAN MATCH. Sourced by run.sh.

# All of a scan in one command: without the round trips, which a client would have to wait for.
scan_script='local at, found = "0", {}
repeat
  local step = redis.call("SCAN", at, "MATCH", ARGV[1], "COUNT", 1000)
  at = step[1]
  for _, key in ipairs(step[2]) do found[#found + 1] = key end
until at == "0"
return found'

# Sets prefix and suffix, as a search of KIND has them that about ten of COUNT keys match.
set_example() {
  local kind=$1 count=$2 user
  printf -v user '%012d' $((count / 20))
  prefix='' suffix=''
  case $kind in
    prefix) prefix=u/$user/ ;;
    suffix) printf -v suffix '%.*s' $((${#count} - 2)) 421734 ;;
    both) prefix=u/${user:0:11} suffix=4 ;;
    wide) prefix=u/${user:0:10} suffix=42 ;;
  esac
}

scan() {
  redis_command EVAL "$scan_script" 0 "$1*$2"
}

# Stops the run where KvStore and Redis find other keys, or KvStore has them in another order than that of their bytes.
check_same_answers() {
  local kind prefix suffix ours theirs
  for kind in prefix suffix both wide; do
    set_example "$kind" "$1"
    ours=$(curl -sSf "http://127.0.0.1:${ports[kvstore]}/search?prefix=$prefix&suffix=$suffix" | tr -d '[]"' | tr ',' '\n')
    theirs=$(scan "$prefix" "$suffix" | LC_ALL=C sort)
    [[ -n $ours && $ours == "$theirs" ]] || fail "prefix '$prefix', suffix '$suffix': KvStore finds $ours, Redis finds $theirs"
  done
}

# One scan takes the server all its time, so that its throughput is one over the time of one.
report_scans() {
  local count=$1 kind round begin prefix suffix milliseconds
  printf '\n### The whole answer, beside SCAN MATCH\n\n'
  printf '| of %s keys | SCAN, ms | SCAN, a second | KvStore, a second | KvStore / it |\n|---|--:|--:|--:|--:|\n' \
    "$(grouped "$count")"
  for kind in prefix suffix both wide; do
    set_example "$kind" "$count"
    for ((round = 1; round <= 3; round++)); do
      begin=${EPOCHREALTIME/[.,]/}
      scan "$prefix" "$suffix" > "$work/scan.keys"
      printf '%s\n' $((${EPOCHREALTIME/[.,]/} - begin))
    done > "$work/scan.us"
    awk -v label="$(label_of_search "$kind")" -v us="$(median < "$work/scan.us")" -v rate="$(column search "$kind" 4 | median)" 'BEGIN {
      printf "| %s | %.0f | %.2f | %.0f | **%.0f** |\n", label, us / 1000, 1000000 / us, rate, rate * us / 1000000
    }'
  done
}
