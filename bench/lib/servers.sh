# The service and its peers, each on a free loopback port. Sourced by run.sh.

get_key=bench:get
set_key=bench:set
value=0123456789abcdef0123456789abcdef

declare -A pids ports grpc_ports

# Published as the image is: for this system's runtime, compiled ahead of time.
publish() {
  local project runtime
  runtime=$(dotnet --info | awk '$1 == "RID:" { print $2 }')
  published=$root/artifacts/bench
  for project in "$@"; do
    progress "publishing $project"
    dotnet publish "$root/$project" --configuration Release --runtime "$runtime" --no-self-contained \
      --output "$published/${project##*/}" --verbosity quiet -nologo >&2
  done
}

# A copy of the published service, NAME, with one of the switches KvStore.Benchmark.* on.
make_without() {
  local name=$1 switch=$2 settings=KvStore.Api.runtimeconfig.json
  cp -R "$published/KvStore.Api" "$work/$name"
  jq --arg switch "KvStore.Benchmark.$switch" '.runtimeOptions.configProperties[$switch] = true' "$published/KvStore.Api/$settings" \
    > "$work/$name/$settings"
}

start_kvstore() {
  start_service kvstore "$published/KvStore.Api"
}

# Starts the service that is published in FOLDER.
start_service() {
  local name=$1 folder=$2
  ports[$name]=$(free_port)
  grpc_ports[$name]=$(free_port)
  start "$name" env KvStore__Lifecycle__DrainSeconds=0 "$folder/KvStore.Api" "--urls=http://127.0.0.1:${ports[$name]}" \
    "--KvStore:Server:GrpcPort=${grpc_ports[$name]}"
  pids[$name]=$pid
}

# Starts the service with its data in DIRECTORY, in the sync MODE.
start_durable() {
  local name=$1 mode=$2 directory=$3
  ports[$name]=$(free_port)
  grpc_ports[$name]=$(free_port)
  start "$name" env KvStore__Lifecycle__DrainSeconds=0 DATA_DIR="$directory" GRPC_PORT="${grpc_ports[$name]}" KvStore__Durability__Sync="$mode" \
    "$published/KvStore.Api/KvStore.Api" "--urls=http://127.0.0.1:${ports[$name]}"
  pids[$name]=$pid
}

start_bare() {
  ports[bare]=$(free_port)
  start bare "$published/BareKestrel/BareKestrel" "--urls=http://127.0.0.1:${ports[bare]}"
  pids[bare]=$pid
}

# The same program, over HTTP/2 alone.
start_bare_grpc() {
  grpc_ports[bare]=$(free_port)
  ports[bare]=${grpc_ports[bare]}
  start bare "$published/BareKestrel/BareKestrel" "--Kestrel:Endpoints:Grpc:Url=http://127.0.0.1:${grpc_ports[bare]}" \
    --Kestrel:Endpoints:Grpc:Protocols=Http2
  pids[bare]=$pid
}

# NAME is nginx-1 or nginx-2: its number of workers.
start_nginx() {
  local name=$1
  ports[$name]=$(free_port)
  nginx_configuration "${name#nginx-}" "${ports[$name]}" > "$work/$name.conf"
  start "$name" nginx -p "$work" -c "$work/$name.conf" -e "$work/$name.log"
  pids[$name]=$pid
}

nginx_configuration() {
  cat <<TEXT
worker_processes $1;
daemon off;
pid nginx-$1.pid;
events { worker_connections 1024; }
http {
  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:$2;
    default_type "text/plain; charset=utf-8";
    add_header ETag '"1"';
    add_header Vary Accept;
    add_header X-Content-Type-Options nosniff;
    location /get/ { return 200 $value; }
  }
}
TEXT
}

start_redis() {
  ports[redis]=$(free_port)
  start redis redis-server --bind 127.0.0.1 --port "${ports[redis]}" --save '' --appendonly no
  pids[redis]=$pid
}

# Starts redis-server as NAME with further options, its data in the work directory.
start_redis_with() {
  local name=$1
  ports[$name]=$(free_port)
  mkdir -p "$work/data.$name"
  start "$name" redis-server --bind 127.0.0.1 --port "${ports[$name]}" --dir "$work/data.$name" "${@:2}"
  pids[$name]=$pid
}

start_webdis() {
  ports[webdis]=$(free_port)
  cat > "$work/webdis.json" <<TEXT
{
  "redis_host": "127.0.0.1", "redis_port": ${ports[redis]},
  "http_host": "127.0.0.1", "http_port": ${ports[webdis]},
  "threads": 2, "pool_size": 20, "daemonize": false, "database": 0,
  "verbosity": 0, "logfile": "$work/webdis.log"
}
TEXT
  start webdis webdis "$work/webdis.json"
  pids[webdis]="$pid ${pids[redis]}"
}

start_etcd() {
  local peers
  ports[etcd]=$(free_port)
  peers=http://127.0.0.1:$(free_port)
  start etcd etcd --data-dir "$work/etcd.${ports[etcd]}" --log-level error --quota-backend-bytes 8589934592 \
    --listen-client-urls "http://127.0.0.1:${ports[etcd]}" --advertise-client-urls "http://127.0.0.1:${ports[etcd]}" \
    --listen-peer-urls "$peers" --initial-advertise-peer-urls "$peers" --initial-cluster "default=$peers"
  pids[etcd]=$pid
}

wait_for() {
  local name
  for name in "$@"; do
    wait_for_port "$name" "${ports[$name]}"
  done
}

# Writes the key that is read and the key that is written, so that every later answer is an overwrite's.
seed() {
  local name key
  for name in "$@"; do
    for key in "$get_key" "$set_key"; do
      curl -sSf -o /dev/null -H 'Content-Type: application/json' -d "{\"key\":\"$key\",\"value\":\"$value\"}" \
        "http://127.0.0.1:${ports[$name]}/set"
    done
  done
}
