# Builds what the cluster is made of, once: every step's key is the checksum of its sources, kept beside its product.
# Each product is made under another name and renamed, so that an interrupted build is never taken for a whole one.

K8S=v1.34.4
HELM3_VERSION=v3.22.0
HELM4_VERSION=v4.3.1
DEBIAN_PACKAGES=postgresql-15,redis-server,python3-minimal,python3-psycopg2,curl,ca-certificates

needs_root() { [ "$(id -u)" = 0 ] || die "needs root for its own cluster (containers, mounts, a bridge): run as root, or set SAFE_UPGRADE_TEST_KUBECONFIG."; }

needs_go() {
  local v
  v=$(go env GOVERSION 2>/dev/null) || die "needs Go 1.24 or newer to build Kubernetes and Helm: https://go.dev/dl, or set SAFE_UPGRADE_TEST_KUBECONFIG and put kubectl into the PATH."
  v=${v#go1.}; v=${v%%[!0-9]*}
  [ "${v:-0}" -ge 24 ] || die "needs Go 1.24 or newer to build Kubernetes and Helm; this machine has $(go env GOVERSION)."
}

needs_packages() { # Debian's packages, only when one of their programs is missing
  local missing=
  for p in containerd runc /usr/lib/cni/bridge iptables conntrack socat debootstrap openssl gcc ip mount python3; do
    command -v "$p" >/dev/null || missing=$p
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || die "needs $missing and has no apt-get to install it with: its own cluster is for Debian and Ubuntu."
  say "installing Debian packages ($missing is missing)"
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends containerd runc containernetworking-plugins \
    iptables conntrack socat debootstrap openssl gcc libc6-dev iproute2 mount python3 ca-certificates >/dev/null
}

key_of() { cat "$@" | sha256sum | cut -c1-64; }

make_once() { # TARGET KEY COMMAND...: COMMAND gets the name of the file that it is to write
  local target=$1 key=$2
  shift 2
  [ -e "$target" ] && [ "$(cat "$target.key" 2>/dev/null)" = "$key" ] && return
  say "making ${target##*/}"
  mkdir -p "${target%/*}"
  rm -rf "$target.new" "$target.key"
  "$@" "$target.new"
  mv -T "$target.new" "$target"
  echo "$key" >"$target.key"
}

go_build() { # SOURCE LDFLAGS TARGET
  needs_go
  (cd "$here/src/$1" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w $2" -o "$3" . 2>&1 | { grep -v '^go: downloading' || true; } >&2)
}

helm_build() { # MAJOR VERSION TARGET
  needs_go
  GOBIN="$3.dir" CGO_ENABLED=0 go install -trimpath -ldflags "-s -w -X helm.sh/helm/v$1/internal/version.version=$2" \
    "helm.sh/helm/v$1/cmd/helm@$2" 2>&1 | { grep -v '^go: downloading' || true; } >&2
  mv "$3.dir/helm" "$3"
  rmdir "$3.dir"
}

build_kubernetes() {
  local v=k8s.io/component-base/version
  make_once "$bin/hyperkube" "$(key_of "$here"/src/hyperkube/*)" go_build hyperkube \
    "-X $v.gitVersion=$K8S -X $v.gitMajor=1 -X $v.gitMinor=34 -X $v.gitTreeState=clean -X $v.buildDate=2026-01-01T00:00:00Z"
}

build_tools() { # kubectl and both Helms, which any cluster needs
  mkdir -p "$bin"
  if [ "$(mode)" != own ] && [ ! -x "$bin/hyperkube" ] && command -v kubectl >/dev/null; then
    ln -sfn "$(command -v kubectl)" "$bin/kubectl"
  else
    build_kubernetes
    ln -sfn hyperkube "$bin/kubectl" # it goes by the name that it is called by
  fi
  make_once "$bin/helm3" "$HELM3_VERSION" helm_build 3 "$HELM3_VERSION"
  make_once "$bin/helm4" "$HELM4_VERSION" helm_build 4 "$HELM4_VERSION"
}

build_node() {
  needs_packages
  build_kubernetes
  make_once "$bin/etcd" "$(key_of "$here"/src/etcd/*)" go_build etcd ""
  make_once "$bin/coredns" "$(key_of "$here"/src/coredns/*)" go_build coredns ""
}

base_layer() { # TARGET: Debian with what the test applications need
  local root=$1.root
  rm -rf "$root"
  debootstrap --variant=minbase --include="$DEBIAN_PACKAGES" bookworm "$root" ${SAFE_UPGRADE_DEBIAN_MIRROR:-} >"$images/debootstrap.log" ||
    die "debootstrap failed: see $images/debootstrap.log"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/usr/share/{doc,man,locale,info}
  tar --numeric-owner -C "$root" -cf "$1" .
  rm -rf "$root"
}

pause_binary() { gcc -static -O2 -s -o "$1" "$here/pause.c"; }
image_archive() { python3 "$here/mkimage.py" "$1" --base "$images/base.layer" --pause "$images/pause" "$here"/../apps/*/images.json; }

build_images() { # one archive: pause, the Debian base and every image that tests/apps/*/images.json describes
  mkdir -p "$images"
  local sources
  sources=$(key_of "$here/mkimage.py" "$here/pause.c" "$here"/../apps/*/images.json "$here"/../apps/*/images/*)
  [ "$(cat "$images/apps.tar.key" 2>/dev/null)" = "$sources $DEBIAN_PACKAGES" ] && return
  needs_packages
  make_once "$images/pause" "$(key_of "$here/pause.c")" pause_binary
  make_once "$images/base.layer" "$DEBIAN_PACKAGES" base_layer
  make_once "$images/apps.tar" "$sources $DEBIAN_PACKAGES" image_archive
}
