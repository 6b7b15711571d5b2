#!/bin/sh
# Puts Prometheus and promtool below the folder $1: of the distribution's package, unpacked there, so that nothing is
# installed.
set -eu
target="$1/prometheus"
test -x "$target/usr/bin/prometheus" && exit 0
command -v apt-get > /dev/null || { echo "prometheus: needs apt-get and dpkg, as Debian has them" >&2; exit 1; }
rm -rf "$target.new"
mkdir -p "$target.new"
(cd "$target.new" && apt-get download --quiet=2 prometheus > /dev/null)
for package in "$target.new"/*.deb; do
  dpkg -x "$package" "$target.new"
  rm "$package"
done
rm -rf "$target"
mv "$target.new" "$target"
