#!/usr/bin/env bash
# Install the Debian packages that are missing; ask for nothing when all are there.
set -euo pipefail
wanted=(python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core fonts-dejavu-core)
[ "${1:-run}" = test ] && wanted+=(chromium postgresql poppler-utils qpdf libzbar0)
missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
# A Python that is not Debian's own brings its venv module along.
if python3 -c 'import ensurepip, venv' 2>/dev/null; then
  kept=()
  for package in "${missing[@]:-}"; do [ -n "$package" ] && [ "$package" != python3-venv ] && kept+=("$package"); done
  missing=("${kept[@]:-}")
  [ -z "${missing[0]:-}" ] && missing=()
fi
[ "${#missing[@]}" -eq 0 ] && exit 0
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Missing packages: ${missing[*]}. Install them as root, then run make again." >&2; exit 1; }
  sudo=(sudo)
fi
echo "Installing system packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
