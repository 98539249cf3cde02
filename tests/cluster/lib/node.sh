# Our own node: etcd, Kubernetes, containerd, CoreDNS and the volume provisioner as plain processes.
# Everything that it makes on the machine has a name of its own, so that `down` removes exactly that.

NAME=safe-upgrade
BRIDGE=subr0
BR_IP=10.244.0.1
POD_CIDR=10.244.0.0/22 # 1022 addresses for maxPods 600
SVC_CIDR=10.96.0.0/16
DNS_IP=10.244.255.53
API=6443
ETCD=12379
PORTS="$API $ETCD 12380 10248 10249 10250 10256 10257 10259 18181"
state=/run/safe-upgrade-containerd
sock=$state/containerd.sock
DAEMONS="etcd apiserver containerd kcm scheduler kubelet proxy dns pv"
# 600 pods and their shims: more inotify instances (128), threads (32768) and neighbours than a machine allows by itself.
SYSCTLS="net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1 fs.inotify.max_user_instances=8192 fs.inotify.max_user_watches=1048576
  kernel.pid_max=4194304 net.ipv4.neigh.default.gc_thresh1=4096 net.ipv4.neigh.default.gc_thresh2=8192 net.ipv4.neigh.default.gc_thresh3=16384"

# ---- processes: by the pid that we wrote down, and only while it is still ours

command_line() { # PID: puts it into $line, without a process of its own: there may be thousands to look at
  local words=()
  { mapfile -d '' -t words <"/proc/$1/cmdline"; } 2>/dev/null || true
  line="${words[*]}"
}

pid_of() { # NAME: prints the pid when the process lives and is the one that was started
  local pid line
  pid=$(cat "$run/$1.pid" 2>/dev/null) && [ -n "$pid" ] || return 1
  command_line "$pid"
  [[ $line == *"$base/"* ]] || return 1
  echo "$pid"
}

daemon() { # NAME COMMAND...: every command line names a path below $base, by which pid_of knows it
  local name=$1
  shift
  pid_of "$name" >/dev/null && return
  setsid nohup "$@" >>"$run/$name.log" 2>&1 </dev/null 9>&- &
  echo $! >"$run/$name.pid"
}

stop_daemons() { # NAME...: asks, waits up to 5 s, then kills
  local n pid pids=()
  for n in "$@"; do pid=$(pid_of "$n") && pids+=("$n:$pid") && kill "$pid" 2>/dev/null; done
  for _ in $(seq 50); do
    local alive=
    for n in "${pids[@]}"; do pid_of "${n%%:*}" >/dev/null && alive=1; done
    [ -n "$alive" ] || break
    sleep 0.1
  done
  for n in "${pids[@]}"; do
    pid=$(pid_of "${n%%:*}") && kill -9 "$pid" 2>/dev/null
    rm -f "$run/${n%%:*}.pid"
  done
  return 0
}

node_healthy() {
  local n
  for n in $DAEMONS; do pid_of "$n" >/dev/null || return 1; done
  [ -f "$run/ready" ] && ip link show "$BRIDGE" >/dev/null 2>&1 && k --request-timeout=5s get --raw /readyz >/dev/null 2>&1
}

wait_for() { # SECONDS WHAT COMMAND...
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || { say "timed out waiting for $what; logs are in $run"; return 1; }
    sleep 0.3
  done
}

# ---- what is written once

certs() {
  [ -f "$run/pki/done" ] && return
  mkdir -p "$run/pki"
  (
    cd "$run/pki"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3650 -subj /CN=$NAME-ca 2>/dev/null
    openssl genrsa -out sa.key 2048 2>/dev/null
    openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
    issue apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1,IP:$BR_IP"
    issue kubelet "/O=system:nodes/CN=system:node:$NAME" "DNS:$NAME,IP:127.0.0.1,IP:$BR_IP"
    issue admin /O=system:masters/CN=admin
    issue kcm /CN=system:kube-controller-manager
    issue scheduler /CN=system:kube-scheduler
    issue proxy /CN=system:kube-proxy
    for n in admin kubelet kcm scheduler proxy; do
      cat >"$run/$n.conf" <<K
apiVersion: v1
kind: Config
clusters: [{name: $NAME, cluster: {server: "https://127.0.0.1:$API", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: $n, user: {client-certificate-data: $(base64 -w0 $n.crt), client-key-data: $(base64 -w0 $n.key)}}]
contexts: [{name: $NAME, context: {cluster: $NAME, user: $n}}]
current-context: $NAME
K
    done
    touch done
  )
}

issue() { # NAME SUBJECT [SANS]
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -out "$1.crt" \
    -extfile <(echo "subjectAltName=${3:-DNS:localhost}"; echo "extendedKeyUsage=serverAuth,clientAuth") 2>/dev/null
}

config_files() {
  mkdir -p "$run/cni" "$run/pv"
  # restrict_oom_score_adj: without CAP_SYS_RESOURCE a negative oom_score_adj cannot be written, and every sandbox would die.
  cat >"$run/containerd.toml" <<C
version = 2
root = "$run/containerd"
state = "$state"
[grpc]
  address = "$sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$run/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "safe-upgrade.test/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$run/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
C
  cat >"$run/cni/10-$NAME.conflist" <<C
{"cniVersion":"0.4.0","name":"$NAME","plugins":[{"type":"bridge","bridge":"$BRIDGE","isGateway":true,"ipMasq":false,"hairpinMode":true,
 "ipam":{"type":"host-local","ranges":[[{"subnet":"$POD_CIDR"}]],"routes":[{"dst":"0.0.0.0/0"}],"dataDir":"$run/cni-ipam"}}]}
C
  cat >"$run/kubelet.yaml" <<C
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $BR_IP
authentication: {anonymous: {enabled: false}, x509: {clientCAFile: $run/pki/ca.crt}, webhook: {enabled: true}}
authorization: {mode: Webhook}
tlsCertFile: $run/pki/kubelet.crt
tlsPrivateKeyFile: $run/pki/kubelet.key
containerRuntimeEndpoint: unix://$sock
cgroupDriver: cgroupfs
cgroupRoot: /$NAME
failSwapOn: false
clusterDomain: cluster.local
clusterDNS: [$DNS_IP]
resolvConf: $run/resolv.conf
evictionHard: {memory.available: 50Mi, nodefs.available: "1%", imagefs.available: "1%"}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
serializeImagePulls: false
maxPods: 600
kubeAPIQPS: 200
kubeAPIBurst: 400
C
  : >"$run/resolv.conf"
  cat >"$run/Corefile" <<C
.:53 {
  bind $DNS_IP
  errors
  ready 127.0.0.1:18181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $own_conf $NAME
    pods insecure
  }
  cache 5
}
C
}

# ---- the machine: sysctls, cgroup, bridge

cgroup_roots() { awk '$3 ~ /^cgroup2?$/ {print $2}' /proc/mounts; }

machine_up() {
  local s key r
  [ -f "$run/sysctl.old" ] || for s in $SYSCTLS; do
    key=${s%%=*}; r=/proc/sys/${key//./\/}
    [ -f "$r" ] && echo "$key=$(cat "$r")"
  done >"$run/sysctl.old.new"
  [ -f "$run/sysctl.old" ] || mv "$run/sysctl.old.new" "$run/sysctl.old"
  for s in $SYSCTLS; do sysctl -qw "$s" 2>/dev/null || true; done # a kernel may lack one (bridge-nf-call-iptables)
  ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
  # All pods run below one cgroup of ours, by which `down` finds their processes; the kubelet wants it to exist.
  for r in $(cgroup_roots); do mkdir -p "$r/$NAME" 2>/dev/null || true; done
  if ! ip link show "$BRIDGE" >/dev/null 2>&1; then
    ip link add "$BRIDGE" type bridge
    ip addr add "$BR_IP/22" dev "$BRIDGE"
    ip addr add "$DNS_IP/32" dev "$BRIDGE"
    ip link set "$BRIDGE" up
  fi
}

clear_the_way() { # ends what a half-dead cluster left (its containers live on under their shims) and refuses what is not ours
  local p other
  rm -f "$run/ready"
  # shellcheck disable=SC2086
  stop_daemons $DAEMONS
  for p in $PORTS; do
    (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null && die "port $p of this machine is in use by another program (another Kubernetes?): stop it, or set SAFE_UPGRADE_TEST_KUBECONFIG."
  done
  other=$(ip -o addr show | awk -v b="$BRIDGE" '$2 != b && $4 ~ /^10\.244\./ {print $2; exit}')
  [ -z "$other" ] || die "network device $other already uses addresses of 10.244.0.0/16: remove it, or set SAFE_UPGRADE_TEST_KUBECONFIG."
}

node_start() {
  local h=$bin/hyperkube p=$run/pki limits="--kube-api-qps=200 --kube-api-burst=400 --leader-elect=false"
  mkdir -p "$run"
  say "starting the cluster"
  certs
  config_files
  machine_up
  cd "$run"
  daemon etcd "$bin/etcd" --data-dir "$run/etcd" --unsafe-no-fsync --log-level warn --quota-backend-bytes 4294967296 \
    --listen-client-urls http://127.0.0.1:$ETCD --advertise-client-urls http://127.0.0.1:$ETCD --listen-peer-urls http://127.0.0.1:12380
  daemon apiserver "$h" kube-apiserver --etcd-servers=http://127.0.0.1:$ETCD --bind-address=127.0.0.1 --advertise-address=$BR_IP \
    --secure-port=$API --service-cluster-ip-range=$SVC_CIDR --authorization-mode=Node,RBAC --allow-privileged \
    --client-ca-file="$p/ca.crt" --tls-cert-file="$p/apiserver.crt" --tls-private-key-file="$p/apiserver.key" \
    --kubelet-client-certificate="$p/admin.crt" --kubelet-client-key="$p/admin.key" --kubelet-certificate-authority="$p/ca.crt" \
    --kubelet-preferred-address-types=InternalIP,Hostname --endpoint-reconciler-type=none \
    --service-account-key-file="$p/sa.pub" --service-account-signing-key-file="$p/sa.key" --service-account-issuer=https://kubernetes.default.svc
  daemon containerd containerd -c "$run/containerd.toml"
  wait_for 60 containerd ctr -a "$sock" version
  import_once
  wait_for 90 "the API server" k get --raw /readyz
  # shellcheck disable=SC2086
  daemon kcm "$h" kube-controller-manager --kubeconfig="$run/kcm.conf" --service-account-private-key-file="$p/sa.key" --root-ca-file="$p/ca.crt" \
    --cluster-signing-cert-file="$p/ca.crt" --cluster-signing-key-file="$p/ca.key" --use-service-account-credentials $limits
  # The scheduler is held back on purpose: two cores start about 4 pods a second, and 500 at once would all time out.
  daemon scheduler "$h" kube-scheduler --kubeconfig="$run/scheduler.conf" --leader-elect=false --kube-api-qps=4 --kube-api-burst=24
  daemon kubelet "$h" kubelet --kubeconfig="$run/kubelet.conf" --config="$run/kubelet.yaml" --root-dir="$run/kubelet" --hostname-override=$NAME --node-ip=$BR_IP
  daemon proxy "$h" kube-proxy --kubeconfig="$run/proxy.conf" --proxy-mode=iptables --cluster-cidr=$POD_CIDR --hostname-override=$NAME \
    --conntrack-max-per-core=0 --healthz-bind-address=127.0.0.1:10256 --metrics-bind-address=127.0.0.1:10249
  daemon dns "$bin/coredns" -conf "$run/Corefile"
  daemon pv python3 "$here/provisioner.py" "$run"
  wait_for 90 "the node" k get node $NAME
  wait_for 60 "the kubelet" k get --raw /api/v1/nodes/$NAME/proxy/healthz # the node's own word may be an old one
  k wait --for=condition=Ready node/$NAME --timeout=90s >/dev/null
  wait_for 60 "the default ServiceAccount" k -n default get serviceaccount default
  touch "$run/ready"
  say "the cluster is up: KUBECONFIG=$own_conf"
}

# ---- down

kill_containers() { # everything in our cgroup, and the shims that name our socket
  local r line f pid
  for _ in 1 2 3; do
    for r in $(cgroup_roots); do
      [ -d "$r/$NAME" ] || continue
      find "$r/$NAME" -name cgroup.procs -exec cat {} + 2>/dev/null | while read -r pid; do kill -9 "$pid" 2>/dev/null || true; done
    done
    for f in /proc/[0-9]*/cmdline; do
      pid=${f#/proc/}; pid=${pid%/cmdline}; command_line "$pid"
      [[ $line == *containerd-shim* && $line == *"$sock"* ]] && kill -9 "$pid" 2>/dev/null || true
    done
    sleep 0.3
  done
}

node_wipe() {
  [ -d "$run" ] || [ -d "$state" ] || ip link show "$BRIDGE" >/dev/null 2>&1 || return 0
  say "removing the cluster"
  rm -f "$run/ready"
  stop_daemons pv dns proxy kubelet scheduler kcm
  stop_daemons containerd apiserver etcd
  kill_containers
  local f n r s
  awk -v a="$run/" -v b="$state/" 'index($2, a) == 1 || index($2, b) == 1 {print $2}' /proc/mounts | sort -r | while read -r n; do umount -l "$n" 2>/dev/null || true; done
  # The CNI library remembers which network namespace it made for us.
  for f in /var/lib/cni/results/"$NAME"-*; do
    [ -f "$f" ] || continue
    n=$(grep -o '/netns/cni-[0-9a-f-]*' "$f" | head -1)
    [ -z "$n" ] || ip netns del "${n##*/}" 2>/dev/null || true
    n=${f##*/"$NAME"-}
    rm -f "$f" "/var/lib/cni/results/cni-loopback-${n%-eth0}-lo"
  done
  ip link del "$BRIDGE" 2>/dev/null || true
  # Only our kube-proxy and kubelet can have made these chains: `up` refuses a machine with another Kubernetes.
  for n in iptables ip6tables; do
    f=$("$n-save" 2>/dev/null) || continue
    [[ $f != *KUBE-* ]] || grep -v KUBE- <<<"$f" | "$n-restore"
  done
  for r in $(cgroup_roots); do [ -d "$r/$NAME" ] && find "$r/$NAME" -depth -type d -exec rmdir {} + 2>/dev/null; done
  [ -f "$run/sysctl.old" ] && while read -r s; do sysctl -qw "$s" 2>/dev/null; done <"$run/sysctl.old"
  rm -rf "$run" "$state"
}
