# Sourced, never run: builds a program from a Go module of its own (own go.mod
# and go.sum) and keeps it outside the clone, so that a second clone, and
# `make clean`, cost nothing.

# Where built programs are kept; `make clean-cache` removes it.
cache_root=${XDG_CACHE_HOME:-$HOME/.cache}/domaincert

# cached_build NAME MODULE_DIR PACKAGE NOTE FLAG... sets $built to the program's
# path, building it only where no program of the same sources, Go version,
# platform and flags is there. NOTE says how long a cold build takes.
cached_build() {
	local name=$1 dir=$2 package=$3 note=$4
	shift 4
	local key scratch total
	key=$(
		cd "$dir"
		{
			shopt -s nullglob
			sha256sum go.mod go.sum ./*.go
			go env GOVERSION GOOS GOARCH
			echo "$package" "$@"
		} | sha256sum | cut -c1-20
	)
	built=$cache_root/$name/$key/$name
	if [[ -x $built ]]; then
		return
	fi

	echo "$name: building from Go modules ($note); kept in ${built%/*} for the next time" >&2
	mkdir -p "$cache_root/$name"
	scratch=$(mktemp -d "$cache_root/$name/.building.XXXXXX")
	# shellcheck disable=SC2064 # the path as it is now
	trap "rm -rf '$scratch'" EXIT
	total=$(cd "$dir" && go list -mod=readonly -deps "$package" | wc -l)
	(cd "$dir" && CGO_ENABLED=0 go build -v -mod=readonly -trimpath "$@" -o "$scratch/$name" "$package" 2>&1) |
		show_progress "$name" "$total"

	# A rename is atomic: of two builds at once, one wins and none is half there.
	mkdir -p "${built%/*}"
	mv -f "$scratch/$name" "$built"
	rm -rf "$scratch"
	trap - EXIT
}

# show_progress NAME TOTAL counts the packages that `go build -v` names as it
# compiles them, and passes everything else (errors) through.
show_progress() {
	awk -v name="$1" -v total="$2" '
		/^[A-Za-z0-9_.~\/-]+$/ {
			if (++n % 200 == 0) printf "%s: compiled %d of at most %d packages\n", name, n, total
			next
		}
		/^go: downloading / { next }
		{ print }
	' >&2
}
