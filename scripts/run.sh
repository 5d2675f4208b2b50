#!/usr/bin/env bash
# Migrate, make the demo region if the database is empty, serve.
set -euo pipefail
lms=.venv/bin/lms
$lms db upgrade
if [ "$LMS_ENV" = demo ]; then
  $lms demo --scale kota --seed 1
  $lms demo accounts
fi
exec $lms serve
