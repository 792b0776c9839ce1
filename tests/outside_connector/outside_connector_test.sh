#!/usr/bin/env bash
# outside_connector_test.sh SOURCES BUILD: installs the build, moves the tree, and makes a connector with it outside of this repository, as docs/making-a-connector.md
# tells: the new folder builds and its suite says what comes next; described as in examples/connectors/shop it passes, and its command does the work.
set -euo pipefail
sources=$1
build=$2
place=$(mktemp -d)
simulator=""
trap '[ -z "$simulator" ] || { kill "$simulator" 2>/dev/null; wait "$simulator" || true; }; rm -rf "$place"' EXIT
fail() { echo "outside_connector_test: $*" >&2; exit 1; }

# The page shows the very code that is built here.
sed -n '/^```cpp$/,/^```$/p' "$sources/docs/making-a-connector.md" | sed '1d;$d' >"$place/in_the_page.cpp"
diff "$place/in_the_page.cpp" "$sources/examples/connectors/shop/lakeflow_connect.cpp" || fail "docs/making-a-connector.md shows other code than examples/connectors/shop"

cmake --install "$build" --prefix "$place/first" >"$place/install.log" || { cat "$place/install.log" >&2; fail "it can't be installed"; }
tree="$place/moved here"
mv "$place/first" "$tree"
if grep -rqF -e "$build" -e "$sources" "$tree/lib/cmake"; then fail "the package names the folder in which it was built"; fi
export PATH="$tree/bin:$PATH" HOME="$place"

cd "$place"
lakeflow new shop --table orders --table customers
cd shop
if lakeflow new shop --into .. 2>"$place/again"; then fail "it made a folder that was there"; fi
began=$SECONDS
make_it() {
  { cmake -B build && cmake --build build; } >"$place/build.log" 2>&1 || { cat "$place/build.log" >&2; fail "$1 does not build"; }
}
make_it "the new folder"
echo "configured and built in $((SECONDS - began)) s"
build/shop connectors | grep -q '^healthcare' || fail "the command lacks the connectors that are built in"
build/shop connectors shop | grep -q '^base_url' || fail "the command does not know the new connector"
fails_by_itself() {
  local code=0
  build/shop_test >"$place/suite.log" 2>&1 || code=$?
  [ $code = 1 ] || { cat "$place/suite.log" >&2; fail "$1 (exit code $code)"; }
}
fails_by_itself "the new suite does not fail, though nothing is described"
grep -q 'next: .*records_at' "$place/suite.log" || { cat "$place/suite.log" >&2; fail "the suite does not say what comes next"; }

sed -i 's|{.path = "/orders"}|{.path = "/orders", .records_at = "data"}|; s|{.path = "/customers"}|{.path = "/customers", .records_at = "data"}|' lakeflow_connect.cpp
began=$SECONDS
make_it "the first edit"
echo "edited, and built again in $((SECONDS - began)) s"
fails_by_itself "the suite does not fail, though the list comes in pages"
grep -q 'next: .*list.paging' "$place/suite.log" || { cat "$place/suite.log" >&2; fail "the suite does not ask for the paging"; }

cp -r "$sources/examples/connectors/shop/." .
make_it "the shop"
build/shop_test >"$place/suite.log" || { cat "$place/suite.log" >&2; fail "the shop does not pass the suite"; }

build/shop simulate api simulator/shop.yaml >"$place/url" 2>"$place/simulator.log" &
simulator=$!
for _ in $(seq 100); do [ -s "$place/url" ] && break; sleep 0.1; done
sed -i "s|base_url: .*|base_url: \"$(head -1 "$place/url")\"|" shop.yaml
build/shop check shop.yaml
build/shop review shop --check implements_all_methods >"$place/review.txt" || fail "review does not see that RestConnector has the methods"
[ "$(build/shop preview shop.yaml orders --json | grep -c '"R-')" -gt 0 ] || fail "preview shows no orders"
build/shop ingest shop.yaml
rows() { build/shop query shop.yaml "SELECT count(*) FROM bronze.$1" --csv | tail -1; }
[ "$(rows orders)" = 250 ] && [ "$(rows customers)" = 120 ] || fail "$(rows orders) orders and $(rows customers) customers landed"
curl -fsS -X DELETE "$(head -1 "$place/url")/orders/R-7" >/dev/null
build/shop ingest shop.yaml
[ "$(rows orders)" = 249 ] || fail "a deleted order is still there"
build/shop status shop.yaml | grep -q '^customers .*the next run reads all' || fail "the status of a snapshot names a place in the source"
build/shop ingest shop.yaml --table orders --json >"$place/again.json"
grep -q '"rows_decoded": *0,' "$place/again.json" || { cat "$place/again.json" >&2; fail "an ingest after the deletion reads orders that are known"; }
echo "outside_connector_test: a connector was made outside, and all of it works"
