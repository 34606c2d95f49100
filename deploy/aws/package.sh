#!/usr/bin/env bash
# Makes the recognizer's package for AWS Lambda (custom runtime, provided.al2023): artifacts/aws/recognizer-ARCH/ with its bootstrap, and the zip of it.
#
#   deploy/aws/package.sh                   x64, Native AOT, with MobileFaceNet in it
#   deploy/aws/package.sh --arm64           for Graviton; on an x64 machine this needs gcc-aarch64-linux-gnu and libc6-dev-arm64-cross
#   deploy/aws/package.sh --without-model   for a model that is fetched at start (SIGHTLINE_MODEL_URL), or the built-in one
#   deploy/aws/package.sh --trimmed         no Native AOT: needs no C toolchain, and starts more slowly (docs/performance.md)
#
# Native AOT links with clang and, across architectures, lld: on Debian `apt-get install clang lld`, on Fedora `dnf install clang lld`.
set -euo pipefail
root=$(cd -- "$(dirname -- "$(readlink -f -- "$0")")/../.." && pwd -P)

arch=x64 form=aot model=yes
for option in "$@"; do
    case $option in
        --arm64) arch=arm64 ;;
        --trimmed) form=trimmed ;;
        --without-model) model=no ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done

fail() { echo "package.sh: $*" >&2; exit 1; }
need() { command -v "$1" > /dev/null || fail "$1 is not on the PATH; wanted $2"; }
need dotnet "the .NET SDK 10, https://dotnet.microsoft.com/download"
need zip "zip (apt-get install zip)"
need readelf "readelf, to see whether Amazon Linux 2023 can load what was built (apt-get install binutils)"
if [[ $form == aot ]]; then
    need clang "clang for Native AOT (apt-get install clang), or leave Native AOT out with --trimmed"
    if [[ $arch == arm64 && $(uname -m) != aarch64 ]]; then
        need ld.lld "lld for another architecture (apt-get install lld)"
        [[ -d /usr/lib/gcc-cross/aarch64-linux-gnu ]] || fail "there is no C library for arm64 (apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross), or use --trimmed"
    fi
fi

name=recognizer-$arch
[[ $form == aot ]] || name+=-$form
[[ $model == yes ]] || name+=-without-model
out=$root/artifacts/aws/$name
rm -rf -- "$out" "$out.zip"

publish=(--runtime "linux-$arch" --self-contained -p:DebugType=none)
if [[ $form == aot ]]; then publish+=(-p:PublishAot=true -p:StripSymbols=true -p:OptimizationPreference=Speed)
else publish+=(-p:PublishTrimmed=true -p:PublishReadyToRun=true); fi
[[ $form == aot && $arch == arm64 && $(uname -m) != aarch64 ]] && publish+=(-p:LinkerFlavor=lld)
DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet publish "$root/src/Recognizer" -c Release -v quiet --nologo -o "$out" "${publish[@]}"

for stranger in "$out"/sightline.dll "$out"/Sightline.{App,Broker,Web,Device,Edge}.dll "$out"/Microsoft.AspNetCore*.dll; do
    [[ ! -e $stranger ]] || fail "$(basename "$stranger") has no place in the package"
done

# Lambda runs the file of this name: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
mv -- "$out/Sightline.Recognizer" "$out/bootstrap"
# For other execution providers than the CPU's; ONNX Runtime does not ask for it.
rm -f -- "$out/libonnxruntime_providers_shared.so" "$out"/*.dbg "$out"/*.xml "$out"/*.pdb
cp -- "$root/LICENSE" "$root/NOTICE" "$out/"

if [[ $model == yes ]]; then
    asset=assets/MobileFaceNet.onnx
    wanted=$(grep -A 6 -F "\"$asset\"" "$root/src/Faces/Assets/manifest.json" | grep -oE '[0-9a-f]{64}' | head -n 1)
    for folder in "${SIGHTLINE_ASSETS:-}" "$root/../shared" "${XDG_CACHE_HOME:-${HOME:-}/.cache}/sightline"; do
        [[ -n $folder && -f $folder/$asset ]] && found=$folder/$asset && break
    done
    [[ -n ${found:-} ]] || fail "$asset is in none of SIGHTLINE_ASSETS, ../shared and the cache: run \`./sightline assets pull\`, or use --without-model"
    got=$(sha256sum -- "$found" | cut -d ' ' -f 1)
    [[ $got == "$wanted" ]] || fail "$found is not the published file: its SHA-256 is $got, wanted $wanted"
    install -D -m 644 -- "$found" "$out/$asset"
fi

# Amazon Linux 2023 has glibc 2.34 (https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html): what was linked with a newer one may not load there.
for file in "$out/bootstrap" "$out"/*.so; do
    newest=$(readelf -V -- "$file" | grep -oE 'GLIBC_[0-9]+\.[0-9.]+' | sort -uV | tail -n 1)
    [[ $(printf '%s\n' GLIBC_2.34 "$newest" | sort -V | tail -n 1) == GLIBC_2.34 ]] ||
        fail "$(basename "$file") needs $newest and Amazon Linux 2023 has 2.34: build on a machine with that glibc or an older one, or use --trimmed"
done

# Lambda runs it as a user of its own.
chmod -R a+rX "$out"
chmod 755 "$out/bootstrap"
(
    cd -- "$out"
    find . -exec touch -d '2000-01-01 00:00:00 UTC' {} + # the same content makes the same zip
    find . -type f | LC_ALL=C sort | TZ=UTC zip -q -X -9 "$out.zip" -@
)
unzipped=$(find "$out" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.1f", sum / 1048576 }')
zipped=$(stat -c %s "$out.zip" | awk '{ printf "%.1f", $1 / 1048576 }')
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 250 MB unzipped, 50 MB where the zip is uploaded directly and not from S3.
echo "$out.zip: $zipped MiB, unzipped $unzipped MiB, for linux-$arch"
awk -v size="$unzipped" 'BEGIN { exit size > 250 / 1.048576 }' || fail "Lambda takes 250 MB unzipped at the most"
awk -v size="$zipped" 'BEGIN { exit size > 50 / 1.048576 }' || echo "package.sh: over the 50 MB that can be uploaded directly: put it into S3 first" >&2
