#!/usr/bin/env bash
# The whole suite: checks, then tests on SQLite, then the database-bound tests again on PostgreSQL.
set -uo pipefail
bin=.venv/bin
failed=0
export PYTHONWARNINGS=default LMS_ENV=test
begin=$SECONDS
part() { printf '\n== %s (%ss)\n' "$1" $((SECONDS - begin)); }

part "checks"
bash scripts/check.sh || failed=1

part "unit, architecture, database, web, security, migrations on SQLite"
$bin/pytest -q -n 2 tests/unit tests/architecture tests/database tests/web tests/security tests/migrations || failed=1

part "database, web, security, migrations on PostgreSQL"
$bin/pytest -q -n 2 --postgresql tests/database tests/web tests/security tests/migrations || failed=1

part "faults"
$bin/pytest -q tests/faults || failed=1
$bin/pytest -q --postgresql tests/faults/test_away.py tests/faults/test_crash.py || failed=1

part "browser"
$bin/pytest -q -n 2 --dist loadfile tests/browser || failed=1
$bin/pytest -q --postgresql tests/browser/test_whole_path.py -k all_roles || failed=1

printf '\nfinished in %s s\n' $((SECONDS - begin))
[ "$failed" -eq 0 ] && echo "all parts passed" || echo "at least one part FAILED"
exit $failed
