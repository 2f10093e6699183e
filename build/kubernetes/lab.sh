#!/usr/bin/env bash
# A real Kubernetes of one node on loopback, for tests (Start-Throwaway of Throwaway.ps1 with this as its keeper).
#   lab.sh NAME CACHE       CACHE is the folder that build.sh has filled
# Prints the folder and the kubeconfig, then "ready", and keeps the cluster until its standard input ends. All of it, with the containers, lives
# in a process namespace and a mount namespace of its own: when they go, so does it. It needs root, and control groups v1 (Kubernetes 1.20).
# A file FOLDER/down.NAME keeps one of api, controllers, scheduler, kubelet down; FOLDER/hang.NAME holds it.
set -euo pipefail

stop() { echo "kubernetes: $1" >&2; exit 3; }

main() { # name cache
    [ "$(id -u)" = 0 ] || stop 'this needs root: containers and control groups are made.'
    [ -w /sys/fs/cgroup/memory ] || stop 'this needs control groups v1, which this machine has not.'
    for needed in unshare nsenter containerd ctr runc busybox openssl curl kubectl python3; do command -v "$needed" >/dev/null || stop "$needed is missing."; done
    [ -e "$2/complete" ] || stop "there is no Kubernetes in $2."
    folder=$(mktemp -d "${TMPDIR:-/tmp}/ops-$1.XXXXXX")
    bin=$2/bin
    trap end EXIT
    trap '' INT HUP
    trap 'exit 143' TERM
    mkdir -p "$folder"/{pki,log,etcd,cni/bin,cni/conf,containerd,kubelet,sys,varlog,runc,image}
    ports
    keys
    settings
    mount_point=$([ -e /var/lib/kubelet ] || echo made)
    mkdir -p /var/lib/kubelet /run/containerd
    cgroup=/ops-kubernetes-${folder##*.}
    local controller
    for controller in /sys/fs/cgroup/*/; do mkdir -p "$controller$cgroup" 2>/dev/null || true; done
    export folder bin cgroup etcd_port peer_port api_port kubelet_port
    unshare --mount --pid --fork --kill-child --mount-proc bash "$0" --inside </dev/null >>"$folder/log/lab" 2>&1 &
    inside=$!
    wait_until 120 'the API server answers' curl -sf --cacert "$folder/pki/ca.crt" "https://127.0.0.1:$api_port/readyz" -o /dev/null
    register
    printf 'throwaway=%s\nKUBE_LAB=%s\nKUBE_LAB_CONFIG=%s\n' "$folder" "$folder" "$folder/kubeconfig"
    echo ready
    # Not in front: a signal would be heard only after it.
    cat <&0 >/dev/null &
    wait "$!"
}

end() {
    local code=$? controller
    trap - EXIT
    if [ -n "${inside:-}" ]; then
        kill -9 "$inside" 2>/dev/null || true
        wait "$inside" 2>/dev/null || true
    fi
    # What ran in it has ended; control groups are removed from the leaves on.
    for controller in /sys/fs/cgroup/*/; do
        find "$controller${cgroup:-/nowhere}" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    [ -z "${mount_point:-}" ] || rmdir /var/lib/kubelet 2>/dev/null || true
    if [ "$code" -gt 2 ] && [ "$code" != 143 ]; then
        tail -n 15 "$folder"/log/* >&2 || true
    fi
    [ -n "${OPS_KEEP_LAB:-}" ] || rm -rf "$folder"
    exit "$code"
}

ports() {
    local all
    all=$(python3 -c 'import socket
s = [socket.socket() for _ in range(4)]
for x in s: x.bind(("127.0.0.1", 0))
print(*[x.getsockname()[1] for x in s])')
    read -r etcd_port peer_port api_port kubelet_port <<<"$all"
}

# A CA and a certificate for the API server; a key for the tokens of pods; who may come in, by token.
keys() {
    cd "$folder/pki"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=ops-lab 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -keyout api.key -out api.csr -subj /CN=kube-apiserver 2>/dev/null
    openssl x509 -req -in api.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out api.crt \
        -extfile <(echo 'subjectAltName=IP:127.0.0.1,DNS:localhost') 2>/dev/null
    openssl genrsa -out sa.key 2048 2>/dev/null
    cat >tokens.csv <<END
admin-token,admin,1,"system:masters"
node-token,system:node:ops-node,2,"system:nodes"
viewer-token,viewer,3
restarter-token,restarter,4
END
    chmod 600 ./*
    cd - >/dev/null
}

config() { # file user
    cat >"$1" <<END
apiVersion: v1
kind: Config
current-context: $2
clusters: [{ name: lab, cluster: { server: "https://127.0.0.1:$api_port", certificate-authority: $folder/pki/ca.crt } }]
users:
- { name: admin, user: { token: admin-token } }
- { name: node, user: { token: node-token } }
- { name: viewer, user: { token: viewer-token } }
- { name: restarter, user: { token: restarter-token } }
contexts:
- { name: admin, context: { cluster: lab, user: admin } }
- { name: node, context: { cluster: lab, user: node } }
- { name: viewer, context: { cluster: lab, user: viewer } }
- { name: restarter, context: { cluster: lab, user: restarter } }
END
}

settings() {
    config "$folder/kubeconfig" admin
    config "$folder/node.kubeconfig" node
    cat >"$folder/containerd.toml" <<END
version = 2
root = "$folder/containerd/root"
state = "$folder/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "$folder/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/ops-box:1"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$folder/cni/bin"
    conf_dir = "$folder/cni/conf"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
END
    cat >"$folder/kubelet.yaml" <<END
kind: KubeletConfiguration
apiVersion: kubelet.config.k8s.io/v1beta1
address: 127.0.0.1
port: $kubelet_port
readOnlyPort: 0
healthzPort: 0
authentication: { anonymous: { enabled: true }, webhook: { enabled: false } }
authorization: { mode: AlwaysAllow }
cgroupDriver: cgroupfs
cgroupRoot: /ops-kubernetes-${folder##*.}
cgroupsPerQOS: true
enforceNodeAllocatable: []
protectKernelDefaults: true
makeIPTablesUtilChains: false
failSwapOn: false
serializeImagePulls: false
nodeStatusUpdateFrequency: 2s
nodeLeaseDurationSeconds: 8
evictionHard: { memory.available: "1Mi", nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%" }
END
    echo '{ "cniVersion": "0.4.0", "name": "ops", "plugins": [{ "type": "ops" }] }' >"$folder/cni/conf/ops.conflist"
    # Each pod has a network of its own with nothing but its loopback; the address is only a name for it.
    cat >"$folder/cni/bin/ops" <<'END'
#!/bin/sh
cat >/dev/null
case $CNI_COMMAND in
VERSION) echo '{ "cniVersion": "0.4.0", "supportedVersions": ["0.3.1", "0.4.0"] }' ;;
ADD)
    nsenter --net="$CNI_NETNS" busybox ip link set lo up
    hash=$(echo "$CNI_CONTAINERID" | cksum | cut -d' ' -f1)
    printf '{ "cniVersion": "0.4.0", "interfaces": [{ "name": "%s", "sandbox": "%s" }], "ips": [{ "version": "4", "interface": 0, "address": "10.88.%d.%d/32" }] }\n' \
        "$CNI_IFNAME" "$CNI_NETNS" "$((hash / 250 % 250 + 1))" "$((hash % 250 + 1))" ;;
*) echo '{}' ;;
esac
END
    chmod 755 "$folder/cni/bin/ops"
    cp "$folder/cni/bin/ops" "$folder/cni/bin/loopback"
    image
    # kubelet looks whether these are as it wants them. They are files of ours, bound over the machine's own, which stay as they are.
    local value
    for value in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
        mkdir -p "$folder/sys/$(dirname "${value%=*}")"
        echo "${value#*=}" >"$folder/sys/${value%=*}"
    done
}

# An image of busybox alone, under several names; it sleeps when nothing else is said.
image() {
    local root=$folder/image/root program layer
    mkdir -p "$root"/{bin,tmp,etc,proc,sys,dev}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for program in sh sleep cat echo printf ls kill touch rm test head seq wc tr id pwd true false sleep nc date; do ln -sf busybox "$root/bin/$program"; done
    tar --sort=name --owner=0 --group=0 --numeric-owner -C "$root" -cf "$folder/image/layer.tar" .
    layer=$(sha256sum "$folder/image/layer.tar" | cut -d' ' -f1)
    cat >"$folder/image/config.json" <<END
{ "architecture": "$(dpkg --print-architecture)", "os": "linux", "config": { "Env": ["PATH=/bin"], "Cmd": ["/bin/sleep", "1000000"] }, "rootfs": { "type": "layers", "diff_ids": ["sha256:$layer"] }, "history": [] }
END
    echo '[{ "Config": "config.json", "RepoTags": ["localhost/ops-box:1", "localhost/ops-box:2"], "Layers": ["layer.tar"] }]' >"$folder/image/manifest.json"
    tar -C "$folder/image" -cf "$folder/image.tar" config.json manifest.json layer.tar
}

wait_until() { # seconds what command...
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        kill -0 "$inside" 2>/dev/null || stop "the lab has ended before $what."
        [ "$SECONDS" -lt "$end" ] || stop "it took too long until $what."
        sleep 0.2
    done
}

cluster() { kubectl --kubeconfig="$folder/kubeconfig" "$@"; }

# The node has come by itself; its address, which kubelet does not take from loopback, is written for it.
register() {
    wait_until 120 'the node is known' cluster get node ops-node
    curl -sf --cacert "$folder/pki/ca.crt" -H 'Authorization: Bearer admin-token' -H 'Content-Type: application/strategic-merge-patch+json' -X PATCH \
        -d "{\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"127.0.0.1\"},{\"type\":\"Hostname\",\"address\":\"ops-node\"}]}}" \
        "https://127.0.0.1:$api_port/api/v1/nodes/ops-node/status" -o /dev/null
    wait_until 60 'the node takes pods' initialized
    wait_until 120 'the node is ready' cluster wait --for=condition=Ready node/ops-node --timeout=2s
}

# What a cloud would say of the node.
initialized() {
    cluster taint node ops-node node.cloudprovider.kubernetes.io/uninitialized- || true
    ! cluster get node ops-node -o jsonpath='{.spec.taints[*].key}' | grep -q uninitialized
}

# Runs one program, again when it ends, but for as long as down.NAME is there; hang.NAME holds it.
keep() { # name command...
    local name=$1 pid held
    shift
    while :; do
        while [ -e "$folder/down.$name" ]; do sleep 0.1; done
        "$@" >>"$folder/log/$name" 2>&1 &
        pid=$! held=
        while kill -0 "$pid" 2>/dev/null && [ ! -e "$folder/down.$name" ]; do
            if [ -e "$folder/hang.$name" ] && [ -z "$held" ]; then held=yes; kill -STOP "$pid"; fi
            if [ ! -e "$folder/hang.$name" ] && [ -n "$held" ]; then held=; kill -CONT "$pid"; fi
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

inside() {
    local value
    mount --make-rprivate /
    for value in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
        mount --bind "$folder/sys/$value" "/proc/sys/$value"
    done
    mount --bind "$folder/varlog" /var/log
    mount --bind "$folder/kubelet" /var/lib/kubelet
    mount --bind "$folder/runc" /run/containerd
    mount --make-rshared /
    PATH=$bin:$PATH
    keep etcd etcd --data-dir "$folder/etcd" --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
        --listen-peer-urls "http://127.0.0.1:$peer_port" --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
        --initial-cluster "default=http://127.0.0.1:$peer_port" --unsafe-no-fsync &
    keep api kube-apiserver --etcd-servers "http://127.0.0.1:$etcd_port" --bind-address 127.0.0.1 --secure-port "$api_port" --insecure-port 0 \
        --advertise-address 10.77.255.1 --endpoint-reconciler-type none --service-cluster-ip-range 10.77.0.0/24 --client-ca-file "$folder/pki/ca.crt" \
        --tls-cert-file "$folder/pki/api.crt" --tls-private-key-file "$folder/pki/api.key" --service-account-issuer https://ops-lab \
        --service-account-key-file "$folder/pki/sa.key" --service-account-signing-key-file "$folder/pki/sa.key" --authorization-mode Node,RBAC \
        --token-auth-file "$folder/pki/tokens.csv" --disable-admission-plugins ServiceAccount --allow-privileged \
        --kubelet-preferred-address-types InternalIP &
    keep controllers kube-controller-manager --kubeconfig "$folder/kubeconfig" --leader-elect=false --port 0 --secure-port 0 --node-monitor-period 1s \
        --node-monitor-grace-period 20s --service-account-private-key-file "$folder/pki/sa.key" &
    keep scheduler kube-scheduler --kubeconfig "$folder/kubeconfig" --leader-elect=false --port 0 --secure-port 0 &
    keep containerd containerd --config "$folder/containerd.toml" &
    until ctr -a "$folder/containerd.sock" -n k8s.io images import "$folder/image.tar"; do sleep 0.3; done
    keep kubelet kubelet --config "$folder/kubelet.yaml" --kubeconfig "$folder/node.kubeconfig" --hostname-override ops-node --root-dir /var/lib/kubelet \
        --cert-dir "$folder/pki/kubelet" --container-runtime remote --container-runtime-endpoint "unix://$folder/containerd.sock" --cloud-provider external &
    wait
}

if [ "${1:-}" = --inside ]; then inside; else main "$@"; fi
