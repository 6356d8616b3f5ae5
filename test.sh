#!/usr/bin/env bash
# Runs every check there is: format, build with warnings as errors, all tests.
# Installs the tools that some tests use where it may (Debian, root); else names what is missing.
set -euo pipefail
cd "$(dirname "$0")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DEBIAN_FRONTEND=noninteractive

# tool:package
tools=(curl:curl chromium:chromium promtool:prometheus prometheus:prometheus zsh:zsh fish:fish)

missing_packages() {
  for tool in "${tools[@]}"; do
    command -v "${tool%%:*}" > /dev/null || echo "${tool##*:}"
  done | sort -u
}

install_tools() {
  local missing
  missing=$(missing_packages)
  [[ -z $missing ]] && return
  if [[ $(id -u) == 0 ]] && command -v apt-get > /dev/null; then
    echo "Installing ${missing//$'\n'/, } ..."
    # shellcheck disable=SC2086 # One word for each package.
    { apt-get update && apt-get install --yes --no-install-recommends $missing; } > /tmp/kvstore-apt.log 2>&1 \
      || { tail -n 5 /tmp/kvstore-apt.log; echo "Installing failed; going on without."; }
  fi
  missing=$(missing_packages)
  [[ -z $missing ]] || echo "Missing, so tests that need them are skipped: ${missing//$'\n'/, } (apt install)"
}

run_tests() {
  local results
  results=$(mktemp -d)
  local status=0
  dotnet test KvStore.sln --no-build --nologo --results-directory "$results" --logger 'trx;LogFileName=results.trx' || status=$?
  summarize "$results/results.trx"
  rm -rf "$results"
  return "$status"
}

summarize() {
  local counters
  counters=$(grep -o '<Counters [^>]*' "$1")
  count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<< "$counters"; }
  echo "$(count passed) passed, $(count failed) failed, $(($(count total) - $(count executed))) skipped"
}

install_tools
dotnet restore KvStore.sln --locked-mode
dotnet format KvStore.sln --no-restore --verify-no-changes
dotnet build KvStore.sln --no-restore --nologo
run_tests
