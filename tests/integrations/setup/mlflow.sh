#!/bin/sh
# Puts an MLflow server under mlflow/ in the folder given, in an environment of its own: it wants another pyarrow than ours.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
place=${1:-$root/target/integrations}/mlflow
[ -e "$place/installed" ] && exit 0
"$root/.venv/bin/python" -m venv "$place"
"$place/bin/python" -m pip install --quiet --disable-pip-version-check "mlflow>=3"
touch "$place/installed"
