# Servers filled with keys. Sourced by run.sh.

# Fills SERVER with COUNT keys of SHAPE by the loader's PROTOCOL, which sees every answer.
load_keys() {
  local protocol=$1 server=$2 shape=$3 count=$4 begin=$SECONDS
  "$published/Loader/Loader" "$protocol" "${ports[$server]}" "$shape" "$count" || fail "loading $server failed"
  progress "loaded $count $shape keys into $server ($protocol) in $((SECONDS - begin)) s"
}

# Stops the run where SERVER does not hold COUNT keys.
check_count() {
  local held
  case $1 in
    kvstore | unindexed) held=$(curl -sSf "http://127.0.0.1:${ports[$1]}/count") ;;
    redis) held=$(redis_command DBSIZE) ;;
    # From u/ to before u0, in Base64.
    etcd) held=$(curl -sSf -d '{"key":"dS8=","range_end":"dTA=","count_only":true}' "http://127.0.0.1:${ports[etcd]}/v3/kv/range" \
      | sed 's/.*"count"//') ;;
  esac
  [[ ${held//[^0-9]/} == "$2" ]] || fail "$1 should hold $2 keys and says $held"
}

redis_command() {
  redis-cli -h 127.0.0.1 -p "${ports[redis]}" "$@"
}

# Prints SERVER's resident kilobytes, once they have kept within 1 % for ten seconds, or after three minutes.
settled_rss_kb() {
  local server=$1 rss base=0 steady=0 deadline=$((SECONDS + 180))
  while ((steady < 10 && SECONDS < deadline)); do
    rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/${pids[$server]}/status")
    if ((rss * 100 > base * 101 || rss * 100 < base * 99)); then
      base=$rss
      steady=0
    else
      steady=$((steady + 1))
    fi
    read -rt 1 -u "$nap" || true
  done
  printf '%s' "$rss"
}

# 1000000 as 1,000,000.
grouped() {
  sed -E ':a; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; ta' <<< "$1"
}
