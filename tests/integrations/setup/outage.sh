#!/bin/sh
# Everything that windows and alerts are told to.
set -eu
for program in alertmanager mlflow opensearch otelcol prometheus; do
  sh "$(dirname "$0")/$program.sh" "$@"
done
