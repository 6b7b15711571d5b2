#!/bin/sh
# Puts OpenSearch, from Maven Central, under opensearch/ in the folder given: lib/ and the class that starts a node. It
# needs Maven and a JDK of 17 or newer.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
place=${1:-$here/../../../target/integrations}/opensearch
[ -e "$place/SearchServer.class" ] && exit 0
mkdir -p "$place"
place=$(cd "$place" && pwd)
mvn --batch-mode --quiet --file "$here/opensearch/pom.xml" dependency:copy-dependencies \
  -DoutputDirectory="$place/lib" -Dmaven.repo.local="$place/repository"
javac -cp "$place/lib/*" -d "$place" "$here/opensearch/SearchServer.java"
