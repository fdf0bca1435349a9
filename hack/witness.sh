#!/usr/bin/env bash
# Puts the vendor's npm clients that test/witness drives into bin/witness: exactly
# those of its package-lock.json, known by their integrity, without running
# anything of theirs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source=test/witness
installed=bin/witness

if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; then
	echo "witness: needs Node.js 18 or newer with npm on PATH; on Debian: apt-get install nodejs npm" >&2
	exit 1
fi

# The lock file is moved in place with the packages, so an installation that was
# cut short has none.
if cmp -s "$source/package-lock.json" "$installed/package-lock.json"; then
	exit 0
fi
echo "witness: installing the vendor's clients (about 20 MB to download) into $installed" >&2
mkdir -p bin
scratch=$(mktemp -d "bin/.witness.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$scratch"
(cd "$scratch" && npm ci --ignore-scripts --loglevel=error)
rm -rf "$installed"
mv "$scratch" "$installed"
trap - EXIT
