#!/usr/bin/env bash
# Resolve the newest versions that fit into lock files with hashes and without index addresses.
set -euo pipefail
options=(--generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 -q --upgrade)
.venv/bin/python -m pip install -q uv
.venv/bin/uv pip compile pyproject.toml --group build "${options[@]}" -o requirements/base.txt
.venv/bin/uv pip compile pyproject.toml --group build --group dev "${options[@]}" -o requirements/dev.txt
