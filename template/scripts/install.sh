#!/bin/sh
# Installs the service and its tools into .venv: sh scripts/install.sh [tested|newest|lowest]
#
# tested  the versions of uv.lock, or without it those of constraints.txt
# newest  the newest versions that pyproject.toml allows, and of the tools the newest that there are;
#         prints what is newer than the tested version
# lowest  the lowest versions that pyproject.toml allows, and the tested tools
set -eu
cd "$(dirname "$0")/.."

# The oldest Python that the service must run on.
python=$(sed -n 's/^requires-python = ">=\([0-9.]*\)"$/\1/p' pyproject.toml)

# Print the tested versions, one in each line, as name==version.
tested() {
    if [ -f uv.lock ]; then
        uv export --quiet --frozen --no-hashes --no-header --no-annotate --no-emit-project |
            sed 's/ *;.*//'
    else
        grep '==' constraints.txt
    fi
}

# Print a table of the packages that are not in their tested version.
moved() {
    tested >.venv/tested.txt
    echo '| package | tested | newest |'
    echo '|---|---|---|'
    uv pip freeze --quiet --python .venv --exclude-editable | awk -F== '
        NR == FNR { tested[$1] = $2; next }
        tested[$1] != $2 { printf "| %s | %s | %s |\n", $1, ($1 in tested) ? tested[$1] : "-", $2 }
    ' .venv/tested.txt -
}

versions=${1:-tested}
case $versions in
tested)
    if [ -f uv.lock ]; then
        exec uv sync --locked --python "$python"
    fi
    set -- --constraint constraints.txt
    ;;
newest) set -- --upgrade --override .venv/tools.txt ;;
lowest) set -- --resolution lowest-direct ;;
*)
    echo "install.sh: unknown versions: $1. Use tested, newest or lowest." >&2
    exit 2
    ;;
esac
uv venv --quiet --clear --no-project --python "$python"
# The names of the tools, without their exact versions.
sed -n '/^dev = \[/,/^]/s/^ *"\([A-Za-z0-9._-]*\)==.*/\1/p' pyproject.toml >.venv/tools.txt
uv pip install --quiet --python .venv --group dev --editable . "$@"
if [ "$versions" = newest ]; then
    moved | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
