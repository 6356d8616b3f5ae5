# Processes, ports and numbers. Sourced by run.sh.

started=()
ticks_per_second=$(getconf CLK_TCK)

fail() {
  printf 'bench: %s\n' "$1" >&2
  exit "${2:-1}"
}

progress() {
  printf '%s\n' "$1" >&2
}

# Exits with 2, naming every tool that is missing and the package that has it.
need() {
  local tool missing=()
  for tool in "$@"; do
    command -v "$tool" > /dev/null || missing+=("$tool ($(package_of "$tool"))")
  done
  if ((${#missing[@]} > 0)); then
    printf -v missing '%s, ' "${missing[@]}"
    fail "needs ${missing%, }" 2
  fi
}

package_of() {
  case $1 in
    dotnet) printf '.NET SDK 10' ;;
    redis-benchmark | redis-cli) printf 'apt install redis-tools' ;;
    etcd) printf 'apt install etcd-server' ;;
    h2load) printf 'apt install nghttp2-client' ;;
    *) printf 'apt install %s' "$1" ;;
  esac
}

# Everything a run writes is in $work, which goes when the run ends, as do the servers.
make_work_directory() {
  work=$(mktemp -d)
  nap=
  exec {nap}<> <(:)
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

clean_up() {
  stop_all
  rm -rf "$work"
}

# Starts a server; its pid is then in $pid, its output in $work/NAME.log.
start() {
  local name=$1
  shift
  (cd "$work" && exec "$@") > "$work/$name.log" 2>&1 &
  pid=$!
  started+=("$pid")
}

# Stops processes in the way they handle; one that takes longer than 10 s is killed.
stop() {
  local process deadline=$((SECONDS + 10))
  kill -TERM "$@" 2> /dev/null || true
  for process in "$@"; do
    while kill -0 "$process" 2> /dev/null; do
      ((SECONDS < deadline)) || kill -KILL "$process" 2> /dev/null || true
      read -rt 0.01 -u "$nap" || true
    done
    wait "$process" 2> /dev/null || true
  done
}

stop_all() {
  stop "${started[@]}"
  started=()
}

# A port that nothing listens on, below those that the system hands out.
free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || break
  done
  printf '%s' "$port"
}

# Waits, in steps of a few milliseconds and without starting a process, until PORT takes connections.
wait_for_port() {
  local name=$1 port=$2 deadline=$((SECONDS + 20))
  until { exec {probe}<> "/dev/tcp/127.0.0.1/$port"; } 2> /dev/null; do
    ((SECONDS < deadline)) || fail "$name did not start: $(tail -n 3 "$work/$name.log")"
    read -rt 0.002 -u "$nap" || true
  done
  exec {probe}>&-
}

# CPU time so far, in microseconds, of processes and their children.
cpu_us() {
  local process stat ticks=0
  local -a field children
  read -ra children <<< "$(for process in "$@"; do cat "/proc/$process/task/$process/children"; done)"
  for process in "$@" "${children[@]}"; do
    stat=$(< "/proc/$process/stat")
    read -ra field <<< "${stat##*) }"
    ticks=$((ticks + field[11] + field[12]))
  done
  printf '%s' $((ticks * (1000000 / ticks_per_second)))
}

# The median of numbers on stdin, one a line.
median() {
  sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# The smallest and the largest of numbers on stdin.
range() {
  sort -g | awk 'NR == 1 { low = $1 } END { print low, $1 }'
}

# Prints the arguments after ROUND in an order of its own for each round, so that a drift of the machine falls on
# all alike: rotated by one each round, and backwards every second time.
in_order_of_round() {
  local round=$1 i n=$(($# - 1))
  local -a items=("${@:2}")
  for ((i = 0; i < n; i++)); do
    if ((round % 2 == 0)); then
      printf '%s\n' "${items[(n + round - i) % n]}"
    else
      printf '%s\n' "${items[(round + i) % n]}"
    fi
  done
}
