#!/usr/bin/env bash
# Make .venv from the lock file, once: a stamp holds the digest of what was installed.
set -euo pipefail
kind=${1:-base}
lock=requirements/$kind.txt
stamp=.venv/.installed-$kind
digest=$(cat "$lock" pyproject.toml | sha256sum | cut -d' ' -f1)
[ -x .venv/bin/lms ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$digest" ] && exit 0
# What the tests need includes what the product needs.
if [ "$kind" = base ] && [ -x .venv/bin/lms ] && [ -f .venv/.installed-dev ]; then
  both=$(cat requirements/dev.txt pyproject.toml | sha256sum | cut -d' ' -f1)
  [ "$(cat .venv/.installed-dev)" = "$both" ] && exit 0
fi
echo "Installing Python packages from $lock"
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --editable .
echo "$digest" > "$stamp"
