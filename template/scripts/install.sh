#!/bin/sh
# Installs the service and its tools into .venv: sh scripts/install.sh [tested|newest|lowest]
#
# tested  the versions of uv.lock, or without it those of constraints.txt
# newest  the newest versions that pyproject.toml allows
# lowest  the lowest versions that pyproject.toml allows
set -eu
cd "$(dirname "$0")/.."

# The oldest Python that the service must run on.
python=$(sed -n 's/^requires-python = ">=\([0-9.]*\)"$/\1/p' pyproject.toml)

case ${1:-tested} in
tested)
    if [ -f uv.lock ]; then
        exec uv sync --locked --python "$python"
    fi
    set -- --constraint constraints.txt
    ;;
newest) set -- --upgrade ;;
lowest) set -- --resolution lowest-direct ;;
*)
    echo "install.sh: unknown versions: $1. Use tested, newest or lowest." >&2
    exit 2
    ;;
esac
uv venv --quiet --clear --no-project --python "$python"
uv pip install --quiet --python .venv --group dev --editable . "$@"
