#!/bin/sh
# Builds an OpenTelemetry Collector of what otelcol.yaml lists below the folder $1. It needs Go; the first time takes a
# quarter of an hour of one processor, and 3 GB for the modules and what is compiled of them, which are removed then.
set -eu
version=v0.161.0
target="$1/otelcol"
test -x "$target/otelcol" && exit 0
command -v go > /dev/null || { echo "otelcol: needs go" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$target"
export GOPATH="$target/go" GOCACHE="$target/cache" GOFLAGS="-p=2 -modcacherw"
# Where it is built is not for the manifest to know.
sed "s|^dist:|dist:\n  output_path: $target/source|" "$here/otelcol.yaml" > "$target/manifest.yaml"
go run "go.opentelemetry.io/collector/cmd/builder@$version" --config "$target/manifest.yaml"
mv "$target/source/otelcol" "$target/otelcol"
rm -rf "$target/go" "$target/cache" "$target/source"
