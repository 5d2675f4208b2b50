#!/usr/bin/env bash
# Format, lint, types, import rules, templates and unused dependencies, all at once.
set -uo pipefail
bin=.venv/bin
failed=0
step() {
  local name=$1; shift
  local log; log=$(mktemp)
  local begin=$SECONDS
  if "$@" >"$log" 2>&1; then
    printf '  %-14s ok   %3ss\n' "$name" $((SECONDS - begin))
  else
    printf '  %-14s FAILED\n' "$name"; tail -n 60 "$log"; failed=1
  fi
  rm -f "$log"
}
step format $bin/ruff format --check lms tests benchmarks migrations wsgi.py
step lint $bin/ruff check lms tests benchmarks migrations wsgi.py
step types $bin/mypy
step imports $bin/lint-imports
step templates $bin/djlint lms/templates --lint --quiet
step dependencies $bin/deptry .
exit $failed
