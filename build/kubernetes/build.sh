#!/usr/bin/env bash
# Builds a Kubernetes 1.20 from Debian's source package, and lays it with what it needs into a cache folder: build.sh FOLDER
# Nothing is installed: Go, etcd and the one library that must be newer are unpacked there. Debian has no binary package of these programs.
set -euo pipefail
cache=$1
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet)
packages=(golang-1.19-go golang-1.19-src etcd-server golang-github-modern-go-reflect2-dev)
version=v1.20.2

stop() { echo "kubernetes: $1" >&2; exit 3; }

[ -e "$cache/complete" ] && exit 0
for needed in apt-get dpkg dpkg-source gcc python3; do command -v "$needed" >/dev/null || stop "$needed is missing (apt-get install dpkg-dev gcc python3)."; done
mkdir -p "$cache"/{deb,root,apt/sources,apt/state/lists/partial,apt/cache/archives/partial,source,bin}
cd "$cache"

# Lists of source packages are off on most machines; these are read beside, into the cache.
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [ -r "$file" ]; then sed 's/^deb /deb-src /' "$file" >"apt/sources/$(basename "$file")"; fi
done
for file in /etc/apt/sources.list.d/*.sources; do
    if [ -r "$file" ]; then sed 's/^Types:.*/Types: deb deb-src/' "$file" >"apt/sources/$(basename "$file")"; fi
done
rm -f apt/sources/sources.list
apt=(-o APT::Sandbox::User=root -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$cache/apt/sources" -o "Dir::State::lists=$cache/apt/state/lists" -o "Dir::Cache=$cache/apt/cache")

echo "kubernetes: brings the source package and its compiler"
if ! ls deb/etcd-server_*.deb >/dev/null 2>&1 || ! ls source/kubernetes_*.dsc >/dev/null 2>&1; then
    apt-get "${apt[@]}" -qq update || stop 'The lists of packages cannot be read; is there a network?'
    (cd deb && apt-get "${apt[@]}" -qq download "${packages[@]}") || stop "Packages are missing; this needs Debian 12: ${packages[*]}."
    (cd source && apt-get "${apt[@]}" -qq --download-only source kubernetes) || stop 'There is no source package kubernetes; this needs Debian 12.'
fi
for package in deb/*.deb; do dpkg -x "$package" root; done
tree=$cache/go/src/k8s.io/kubernetes
if [ ! -e "$tree/.unpacked" ]; then
    rm -rf "$cache/go"
    mkdir -p "$cache/go/src/k8s.io"
    dpkg-source --no-check -x source/kubernetes_*.dsc "$tree" >"$cache/unpack.log" 2>&1
    # The one that comes with it makes every Go from 1.18 on die at its start.
    rm -rf "$tree/vendor/github.com/modern-go/reflect2"
    cp -r root/usr/share/gocode/src/github.com/modern-go/reflect2 "$tree/vendor/github.com/modern-go/reflect2"
    touch "$tree/.unpacked"
fi

# In Debian's packages one tree of Go points into the other by links that mean the root.
export GOROOT=$cache/goroot GOPATH=$cache/go GO111MODULE=off GOPROXY=off GOFLAGS='' GOCACHE=$cache/gocache GOTOOLCHAIN=local
if [ ! -e "$GOROOT/bin/go" ]; then
    mkdir -p "$GOROOT"
    cp -rL "$cache"/root/usr/lib/go-1.19/{bin,pkg} "$GOROOT"/ 2>/dev/null || true
    for part in "$cache"/root/usr/share/go-1.19/*; do cp -rL "$part" "$GOROOT"/ 2>/dev/null || true; done
    [ -e "$GOROOT/VERSION" ] || cp "$cache/root/usr/lib/go-1.19/VERSION" "$GOROOT"/ 2>/dev/null || echo go1.19.8 >"$GOROOT/VERSION"
fi
PATH=$GOROOT/bin:$PATH
cd "$tree"
openapi=pkg/generated/openapi
if [ ! -e "$openapi/zz_generated.openapi.go" ]; then
    echo 'kubernetes: generates the one file that is not in the source package'
    go build -o "$cache/bin/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    inputs=$(grep -rl --include='*.go' --exclude='zz_generated*' '+k8s:openapi-gen=' pkg cmd staging/src |
        grep -v -e /code-generator/ -e /sample- -e _test.go -e /_examples/ | xargs -n1 dirname | sort -u |
        sed -e 's#^staging/src/#k8s.io/kubernetes/vendor/#' -e 's#^\(pkg\|cmd\)/#k8s.io/kubernetes/\1/#' | paste -sd, -)
    "$cache/bin/openapi-gen" --go-header-file hack/boilerplate/boilerplate.generatego.txt -O zz_generated.openapi -i "$inputs" \
        -p "k8s.io/kubernetes/$openapi" -r "$cache/violations.list" -h hack/boilerplate/boilerplate.generatego.txt >"$cache/openapi.log" 2>&1 ||
        stop "openapi-gen failed: $(tail -n 3 "$cache/openapi.log")"
fi
flags="-s -w"
for package in k8s.io/kubernetes/vendor/k8s.io/component-base/version k8s.io/kubernetes/vendor/k8s.io/client-go/pkg/version; do
    flags+=" -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=20 -X $package.gitTreeState=clean"
done
for program in "${programs[@]}"; do
    [ -e "$cache/bin/$program" ] && continue
    echo "kubernetes: builds $program"
    # Only the kubelet speaks to C; without the clouds there is less of it all.
    CGO_ENABLED=$([ "$program" = kubelet ] && echo 1 || echo 0) go build -tags providerless -ldflags "$flags" -o "$cache/bin/$program.part" "./cmd/$program"
    mv "$cache/bin/$program.part" "$cache/bin/$program"
done
cp "$cache/root/usr/bin/etcd" "$cache/bin/etcd"
# The cache of the compiler and the sources are large, and of no more use.
rm -rf "$cache/gocache" "$cache/go" "$cache/goroot" "$cache/root" "$cache/deb" "$cache/source" "$cache/apt"
touch "$cache/complete"
