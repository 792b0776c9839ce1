#!/usr/bin/env bash
# moved_tree_test.sh BUILD: installs the build, moves the tree to a folder with a space in its name, and has it do the work there with
# an environment of its own. Every library but the C library's must come out of the tree.
set -euo pipefail
build=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
fail() { echo "moved_tree_test: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$place/first" >"$place/install.log" || { cat "$place/install.log" >&2; fail "it can't be installed"; }
tree="$place/moved here"
mv "$place/first" "$tree"
alone() { env -i PATH=/usr/bin:/bin HOME="$place" LC_ALL=C "$@"; }

strangers=$(alone ldd "$tree/bin/lakeflow" | grep -vE "=> $tree/|linux-vdso|ld-linux|/lib(c|m|dl|rt|pthread|resolv)\.so" || true)
[ -z "$strangers" ] || fail "these come from outside the tree: $strangers"
if grep -q "$build" "$tree/bin/lakeflow"; then fail "the command names its build folder"; fi

cp -r "$tree/share/doc/lakeflow/examples" "$place/work"
cd "$place/work"
alone "$tree/bin/lakeflow" check hl7v2.yaml
alone "$tree/bin/lakeflow" ingest hl7v2.yaml
rows=$(alone "$tree/bin/lakeflow" query hl7v2.yaml "SELECT count(*) FROM bronze.adt_messages" --csv | tail -1)
[ "$rows" -gt 0 ] || fail "no message landed"

mkdir fhir
echo '{"resourceType":"Patient","id":"one","name":[{"family":"Example"}]}' >fhir/Patient-one.json
env -i HOME="$place" "$tree/bin/lakeflow" simulate fhir fhir >server.url 2>server.log &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" || true; rm -rf "$place"' EXIT
for _ in $(seq 100); do [ -s server.url ] && break; sleep 0.1; done
sed "s|^\( *fhir_base_url:\).*|\1 \"$(cat server.url)\"|" fhir.yaml >one.yaml
alone "$tree/bin/lakeflow" ingest one.yaml --table Patient
family=$(alone "$tree/bin/lakeflow" query one.yaml "SELECT name[1].family FROM bronze.Patient" --csv | tail -1)
[ "$family" = Example ] || fail "the patient did not land"

for link in $(grep -oE '\]\([A-Za-z_./]+\.md\)' "$tree/share/doc/lakeflow/README.md" | tr -d '()]'); do
  [ -e "$tree/share/doc/lakeflow/$link" ] || fail "README.md names $link, which is not in the tree"
done
echo "moved_tree_test: all of it works where it was moved to"
