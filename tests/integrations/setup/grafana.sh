#!/bin/sh
# There is no Grafana server to be had: its dashboards are asked of Prometheus.
set -eu
exec sh "$(dirname "$0")/prometheus.sh" "$@"
