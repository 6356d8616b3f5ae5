# Gets, overwrites and inserts in the process of the store, by BenchmarkDotNet. Sourced by run.sh.

run_operations() {
  progress 'operations in process, about ten minutes'
  # It builds a program for each benchmark beside the project's own, so it runs from there.
  dotnet run --configuration Release --project "$root/KvStore.Benchmarks" -- --filter '*' --artifacts "$work/operations" \
    > "$work/operations.log" 2>&1 || fail "$(tail -n 20 "$work/operations.log")"
  report_operations 'Get and overwrite in process' KeyBenchmarks
  report_operations 'Insert in process' InsertBenchmarks
}

# BenchmarkDotNet's own table, without what marks the groups' first rows.
report_operations() {
  local table
  table=$(grep '^|' "$work/operations/results/KvStore.Benchmarks.$2-report-github.md" | tr -d '*') || fail "$2 has no table"
  [[ $table != *' NA '* ]] || fail "a benchmark failed: $(grep -m 1 -A 5 Exception "$work/operations.log")"
  printf '\n## %s\n\n%s\n' "$1" "$table"
}
