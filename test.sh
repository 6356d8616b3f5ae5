#!/usr/bin/env bash
# Runs every check there is: format, build with warnings as errors, all tests.
# With KVSTORE_FAULT_SWEEP=full, the tests that crash a store do so at every operation on its disk, and not at a sample of them.
# With KVSTORE_TEST_RESULTS, a folder, what the test runner writes stays there.
# Installs the tools that some tests use where it may (Debian, root); else names what is missing.
set -euo pipefail
cd "$(dirname "$0")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive

# tool:package, or a file that the package has.
tools=(curl:curl chromium:chromium promtool:prometheus prometheus:prometheus zsh:zsh fish:fish wrk:wrk
  nginx:nginx-light /usr/lib/nginx/modules/ngx_http_lua_module.so:libnginx-mod-http-lua
  h2load:nghttp2-client protoc:protobuf-compiler grpc_python_plugin:protobuf-compiler-grpc /usr/lib/python3/dist-packages/grpc:python3-grpcio node:nodejs npm:npm
  go:golang-go protoc-gen-go:golang-goprotobuf-dev /usr/share/gocode/src/google.golang.org/grpc:golang-google-grpc-dev)

# What the tests use from npm: a gRPC client in JavaScript; one that knows no proto files; what checks the manifests.
npm_folders=(KvStore.Tests/Integration/Grpc/peers/node KvStore.Tests/Integration/Grpc/peers/buf KvStore.Tests/Manifests/tools)

missing_packages() {
  for tool in "${tools[@]}"; do
    command -v "${tool%%:*}" > /dev/null || [[ -e ${tool%%:*} ]] || echo "${tool##*:}"
  done | sort -u
}

install_tools() {
  local missing
  missing=$(missing_packages)
  [[ -z $missing ]] && return
  if [[ $(id -u) == 0 ]] && command -v apt-get > /dev/null; then
    echo "Installing ${missing//$'\n'/, } ..."
    # shellcheck disable=SC2086 # One word for each package.
    { apt-get update && RUNLEVEL=1 apt-get install --yes --no-install-recommends $missing; } > /tmp/kvstore-apt.log 2>&1 \
      || { tail -n 5 /tmp/kvstore-apt.log; echo "Installing failed; going on without."; }
  fi
  missing=$(missing_packages)
  [[ -z $missing ]] || echo "Missing, so tests that need them are skipped: ${missing//$'\n'/, } (apt install)"
}

# npm keeps the lock of what it has installed, which is as old as that.
install_npm_packages() {
  command -v npm > /dev/null || return 0
  for folder in "${npm_folders[@]}"; do
    [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]] && continue
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund > /tmp/kvstore-npm.log 2>&1 \
      || { tail -n 5 /tmp/kvstore-npm.log; echo "npm ci failed; tests that need it are skipped."; }
  done
}

run_tests() {
  local results
  results=${KVSTORE_TEST_RESULTS:-$(mktemp -d)}
  local status=0
  dotnet test KvStore.sln --no-build --nologo --blame-hang-timeout 10m --blame-hang-dump-type none --results-directory "$results" --logger 'trx;LogFileName=results.trx' || status=$?
  summarize "$results/results.trx"
  [[ -n ${KVSTORE_TEST_RESULTS:-} ]] || rm -rf "$results"
  return "$status"
}

summarize() {
  local counters
  counters=$(grep -o '<Counters [^>]*' "$1")
  count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<< "$counters"; }
  echo "$(count passed) passed, $(count failed) failed, $(($(count total) - $(count executed))) skipped"
}

install_tools
install_npm_packages
dotnet restore KvStore.sln --locked-mode
dotnet format KvStore.sln --no-restore --verify-no-changes
dotnet build KvStore.sln --no-restore --nologo
run_tests
