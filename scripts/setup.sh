#!/bin/sh
# Make .venv from the locked requirements. Usage: setup.sh core|dev
set -eu
cd "$(dirname "$0")/.."
want=$1
python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Python 3.11 or newer is needed (package: python3)" >&2
    exit 2
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "Python's venv is missing: install the package python3-venv" >&2
    exit 2
fi
[ -x .venv/bin/python ] || { echo "Making .venv"; "$python" -m venv .venv; }
# A machine that has dev has core as well: keep the larger set.
if [ "$want" = core ] && [ -e .venv/dev ] && [ .venv/dev -nt requirements/dev.txt ]; then
    touch .venv/core
    exit 0
fi
echo "Installing the locked requirements ($want; about half a minute the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$want.txt"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
[ "$want" = dev ] && touch .venv/dev
touch .venv/core
