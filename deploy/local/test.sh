#!/usr/bin/env bash
# The whole suite: unit tests under the race detector, then the system tests on the plain program at $CORDON_BIN. Both run
# whatever the first says. At the end it tells which servers were real.
set -uo pipefail
cd "$(dirname "$0")/../.."

report=$(mktemp)
trap 'rm -f "$report"' EXIT
export CORDON_SERVERS_REPORT=$report
go=${GO:-go}

status=0
"$go" test -race -short -timeout 15m ./... || status=1
"$go" test -count=1 -tags system -timeout 20m ./cmd/cordon/ ./benchmarks/... || status=1

echo "servers of this run:"
sort "$report" | uniq -c | while read -r times server; do echo "  $server ($times started)"; done
[ -s "$report" ] || echo "  none was needed"
exit $status
