# Sourced by the scripts: Debian 12's packages, and the one way in which they are asked for.
build_packages=(
  cmake ninja-build g++ ccache
  libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libspdlog-dev libfmt-dev libboost1.81-dev
  # libarchive and what it links statically
  libarchive-dev zlib1g-dev nettle-dev libzstd-dev liblz4-dev libbz2-dev liblzma-dev libacl1-dev libb2-dev
)
test_packages=(catch2 clang-format-14 python3 git ca-certificates curl postgresql-client)

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

# need_packages PACKAGE...: installs what is missing when root, else says what is missing and how to get it.
need_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "This is no Debian, so the packages cannot be checked; the build needs the likes of: $*"
    return 0
  fi
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    die "Debian packages are missing; install them with: sudo apt-get install -y --no-install-recommends ${missing% }"
  fi
  say "installing Debian packages: $missing"
  # Another apt (unattended upgrades on a fresh machine) may hold the lock for a while.
  local apt=(apt-get -qq -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update >&2 || say "apt-get update failed; trying with the lists that are there"
  # shellcheck disable=SC2086 # one word for each package
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends $missing >/dev/null ||
    die "these packages could not be installed: $missing"
}
