#!/usr/bin/env bash
# Installs what the real servers need, where that is Debian and we are root; otherwise says what is missing.
# Exits 0 also then, unless REQUIRE_REAL=1: the tests fall back to embedded servers. With GEOS=1 also the library that
# the zone index is compared with.
set -euo pipefail

java_major() { # 0 when there is none
	local java=${JAVA_HOME:+$JAVA_HOME/bin/}java
	command -v "$java" >/dev/null || { echo 0; return; }
	"$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1
}

missing() { # the Debian packages whose programs are not here
	[ "$(java_major)" -ge 17 ] 2>/dev/null || echo openjdk-17-jre-headless
	command -v mvn >/dev/null || echo maven
	command -v redis-server >/dev/null || echo redis-server
	command -v kcat >/dev/null || command -v kafkacat >/dev/null || echo kafkacat
	[ "${GEOS:-}" != 1 ] || [ -e /usr/include/geos_c.h ] || echo libgeos-dev
	[ "${GEOS:-}" != 1 ] || command -v gcc >/dev/null || echo gcc
}

usable_java() { # the oldest Java runtime of this Debian that is new enough
	local version
	for version in 17 21 25; do
		if apt-cache show "openjdk-$version-jre-headless" >/dev/null 2>&1; then
			echo "openjdk-$version-jre-headless"
			return
		fi
	done
	echo default-jre-headless
}

packages=$(missing | xargs)
[ -n "$packages" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "installing: $packages"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	packages=${packages/openjdk-17-jre-headless/$(usable_java)}
	# shellcheck disable=SC2086 # a list
	apt-get install -y -qq --no-install-recommends $packages >/dev/null
	# The package starts a Redis of its own on the port that people expect theirs on.
	case $packages in *redis-server*) service redis-server stop >/dev/null 2>&1 || true ;; esac
	packages=$(missing | xargs)
	[ -n "$packages" ] || exit 0
fi

echo "missing for real servers: $packages" >&2
if [ "${REQUIRE_REAL:-}" = 1 ]; then
	echo "REQUIRE_REAL=1: install them and run again" >&2
	exit 1
fi
echo "tests use embedded servers instead" >&2
