# Sourced by the scripts: where the project is, how they speak, which version this is.
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
project_version() { sed -n 's/^project(safe-upgrade VERSION \([0-9.]*\) .*/\1/p' "$root/CMakeLists.txt"; }

# Clones in other folders share what ccache has compiled.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
