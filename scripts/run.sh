#!/usr/bin/env bash
# Migrate, make the demo region if the database is empty, serve: one process, since each start takes a second.
set -euo pipefail
exec .venv/bin/lms serve --prepare
