#!/bin/sh
# Puts Alertmanager below the folder $1: of the distribution's package, unpacked there, so that nothing is installed.
# The package looks for its templates at one absolute path. Here that is a path below the folder that it is started in:
# it has the same length, which a program that is built already wants.
set -eu
target="$1/alertmanager"
test -x "$target/alertmanager" && exit 0
command -v apt-get > /dev/null || { echo "alertmanager: needs apt-get and dpkg, as Debian has them" >&2; exit 1; }
rm -rf "$target.new"
mkdir -p "$target.new"
(cd "$target.new" && apt-get download --quiet=2 prometheus-alertmanager > /dev/null)
for package in "$target.new"/*.deb; do
  dpkg -x "$package" "$target.new"
  rm "$package"
done
LC_ALL=C sed -i 's#/usr/share/prometheus/alertmanager#usr/share/prometheus/alertmanager/#g' \
  "$target.new/usr/bin/prometheus-alertmanager"
cat > "$target.new/alertmanager" << 'END'
#!/bin/sh
cd "$(dirname "$0")" && exec usr/bin/prometheus-alertmanager "$@"
END
chmod +x "$target.new/alertmanager"
rm -rf "$target"
mv "$target.new" "$target"
