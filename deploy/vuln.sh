#!/usr/bin/env bash
# Looks for known vulnerabilities in the code that this module reaches, Go's standard library included. The database is
# vuln.go.dev's. Where that is out of reach it is the copy in the module golang.org/x/vulndb, which the Go module proxy
# serves and the checksum database vouches for. The last line says what was checked, against which date, or that nothing
# was. Exits 3 when something was found.
set -uo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
tools=${TOOLS:-$PWD/bin/tools}
scanner=${GOVULNCHECK:?say which version of govulncheck, as make vuln does}

not_checked() {
	echo "vulnerabilities: NOT CHECKED ($1)"
	exit 0
}

# scan prints what govulncheck finds, three traces a vulnerability, and leaves its exit code in $status.
scan() {
	out=$("$tools/govulncheck" "$@" ./... 2>&1)
	status=$?
	grep -vE '^ +#([4-9]|[0-9]{2,}):' <<<"$out"
}

verdict() {
	local against
	against="database of $1, $("$go" env GOVERSION)"
	case $status in
	0) echo "vulnerabilities: none known in code that is reached ($against)" ;;
	3) echo "vulnerabilities: FOUND, see above ($against)" ;;
	*) echo "vulnerabilities: NOT CHECKED (govulncheck failed, see above)" ;;
	esac
	exit "$status"
}

GOBIN=$tools "$go" install "$scanner" || not_checked "govulncheck out of reach"

scan
case $out in
*"fetching vulnerabilities"*) ;;
*) verdict "$("$tools/govulncheck" -version | sed -n 's/^DB updated: \([^ ]*\).*/\1/p')" ;;
esac

echo "vuln.go.dev is out of reach: trying its copy on the Go module proxy"
copy=$("$go" mod download -json golang.org/x/vulndb@latest) || not_checked "database out of reach"
member() { sed -n "s/^[[:space:]]*\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" <<<"$copy" | head -n 1; }
database=$(member Dir)/data/osv
date=$(member Version | sed -n 's/^.*-\([0-9]\{4\}\)\([0-9]\{2\}\)\([0-9]\{2\}\)[0-9]\{6\}-[0-9a-f]*$/\1-\2-\3/p')
[ -d "$database" ] && [ -n "$date" ] || not_checked "database out of reach"
scan -db "file://$database"
verdict "$date"
