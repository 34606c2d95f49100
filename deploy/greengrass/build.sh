#!/usr/bin/env bash
# Builds the Greengrass component com.sightline.Core: its recipe, and one artifact for each architecture with everything that a device needs
# (the program, .NET, the detector's weights). docs/greengrass.md says how it is deployed.
#
#   deploy/greengrass/build.sh VERSION [BUCKET]
#
# VERSION is the component's, as in 1.0.0; BUCKET is where the artifacts will lie for deployments from the cloud.
# ARCHITECTURES="aarch64" builds for that one alone; without it for amd64 and aarch64.
set -euo pipefail

usage() {
    printf 'build.sh: %s\nusage: deploy/greengrass/build.sh VERSION [BUCKET], as in: deploy/greengrass/build.sh 1.0.0 my-bucket\n' "$1" >&2
    exit 2
}

[[ $# == 1 || $# == 2 ]] || usage "got $# arguments, wanted a version and perhaps a bucket"
version=$1 bucket=${2:-BUCKET}
# Greengrass: major.minor.patch, https://docs.aws.amazon.com/greengrass/v2/developerguide/component-recipe-reference.html
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$ ]] || usage "got the version '$version', wanted one such as 1.0.0"
[[ $bucket == BUCKET || $bucket =~ ^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$ ]] || usage "got the bucket '$bucket', wanted the name of an S3 bucket"
for need in dotnet zip; do
    command -v "$need" > /dev/null || { echo "build.sh: there is no $need in PATH; install it (the .NET SDK 10: https://dotnet.microsoft.com/download)" >&2; exit 1; }
done

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd -- "$root"
out=artifacts/greengrass/$version
files=$out/artifacts/com.sightline.Core/$version
rm -rf -- "$out"
mkdir -p -- "$out/recipes" "$files"

# Fetched where they are missing, and checked by their hashes.
weights=(pnet.pt rnet.pt onet.pt)
./sightline assets pull "${weights[@]}"

for architecture in ${ARCHITECTURES:-amd64 aarch64}; do
    # Greengrass's names, and .NET's: https://learn.microsoft.com/dotnet/core/rid-catalog
    case $architecture in
        amd64) runtime=linux-x64 ;;
        aarch64) runtime=linux-arm64 ;;
        *) usage "ARCHITECTURES has '$architecture', wanted amd64 or aarch64" ;;
    esac
    folder=$files/sightline-$architecture
    echo "building for $architecture…" >&2
    DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet publish src/App -c Release -r "$runtime" --self-contained -o "$folder" -v quiet --nologo
    rm -f -- "$folder"/*.pdb "$folder"/*.xml
    mkdir -p -- "$folder/assets"
    for name in "${weights[@]}"; do
        cp -- "$(./sightline assets list --json | sed -n "s/.*\"path\":\"assets\/$name\",\"file\":\"\([^\"]*\)\".*/\1/p")" "$folder/assets/$name"
    done
    cp -- LICENSE NOTICE "$folder/"
    chmod 755 -- "$folder/sightline"
    # The files at the top: the nucleus unpacks into a folder of the archive's name.
    (cd -- "$folder" && zip -q -r -X "../sightline-$architecture.zip" .)
done

sed -e "s/VERSION/$version/g" -e "s/BUCKET/$bucket/g" deploy/greengrass/recipe.json > "$out/recipes/com.sightline.Core-$version.json"

cat << END
$out/recipes/com.sightline.Core-$version.json
$(printf '%s\n' "$files"/*.zip)
END
[[ $bucket != BUCKET ]] || echo "no bucket was named: for local deployments; for those from the cloud give one" >&2
