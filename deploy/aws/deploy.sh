#!/usr/bin/env bash
# Puts the recognizer into AWS: uploads its package, makes or updates the stack of template.yaml, and writes what that put out, for `--stack`.
# Account and region are those that the AWS CLI finds (AWS_PROFILE, AWS_REGION). docs/aws.md has the steps before and after.
#
#   deploy/aws/deploy.sh                       the stack "sightline", for x86_64
#   deploy/aws/deploy.sh --stack-name NAME     another name, with which its queues, function and policies begin
#   deploy/aws/deploy.sh --arm64               for Graviton
#   deploy/aws/deploy.sh --zip FILE            this package; else artifacts/aws/recognizer-x64.zip or -arm64.zip, which package.sh makes where it is not there
#   deploy/aws/deploy.sh --code-bucket NAME    a bucket of yours for the package; else sightline-code-ACCOUNT-REGION, made where it is not there
#   deploy/aws/deploy.sh --set NAME=VALUE      a parameter of template.yaml (again and again), such as AlarmEmail=ada@example.org
#   deploy/aws/deploy.sh --out FILE            else outputs.json
#   deploy/aws/deploy.sh --dry-run             prints what it would do and asks AWS nothing
set -euo pipefail
here=$(cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
root=$(cd -- "$here/../.." && pwd -P)

fail() { echo "deploy.sh: $*" >&2; exit 1; }
usage() { echo "deploy.sh: $1" >&2; sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }

stack=sightline arch=x64 zip='' bucket='' out=outputs.json dry=no settings=()
while (( $# )); do
    case $1 in
        --arm64) arch=arm64; shift; continue ;;
        --dry-run) dry=yes; shift; continue ;;
        --stack-name | --zip | --code-bucket | --set | --out) [[ -n ${2:-} ]] || usage "$1 wants a value" ;;
        *) usage "got '$1', which is no option here" ;;
    esac
    case $1 in
        --stack-name) stack=$2 ;;
        --zip) zip=$2 ;;
        --code-bucket) bucket=$2 ;;
        --set) [[ $2 == *=* ]] || usage "--set: got '$2', wanted NAME=VALUE"; settings+=("$2") ;;
        --out) out=$2 ;;
    esac
    shift 2
done

# What changes something at AWS or here goes through it; what only asks is left out of a dry run.
run() { if [[ $dry == yes ]]; then printf '%q ' "$@"; echo; else "$@"; fi; }

region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
if [[ $dry == yes ]]; then
    account=ACCOUNT region=${region:-REGION} endpoint=IOT_ENDPOINT
else
    command -v aws > /dev/null || fail "aws is not on the PATH; wanted the AWS CLI, https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
    [[ -n $region ]] || region=$(aws configure get region) || fail "no region is set; wanted AWS_REGION, or a profile with one (AWS_PROFILE)"
    export AWS_DEFAULT_REGION=$region # version 1 of the AWS CLI knows no AWS_REGION
    account=$(aws sts get-caller-identity --query Account --output text)
fi

if [[ -z $zip ]]; then
    zip=$root/artifacts/aws/recognizer-$arch.zip
    package=("$here/package.sh")
    [[ $arch == x64 ]] || package+=(--arm64)
    [[ -f $zip ]] || run "${package[@]}"
elif [[ ! -f $zip ]]; then
    fail "there is no $zip; wanted a package that deploy/aws/package.sh made"
fi
# By its content, so that the stack sees another package and none where it is the same.
if [[ -f $zip ]]; then hash=$(sha256sum -- "$zip" | cut -c 1-16); else hash=HASH; fi
key=recognizer-$arch-$hash.zip

if [[ -z $bucket ]]; then
    bucket=sightline-code-$account-$region
    # The name can be guessed, so somebody else may have it: theirs is not used.
    if [[ $dry == yes ]] || ! aws s3api head-bucket --bucket "$bucket" --expected-bucket-owner "$account" > /dev/null 2>&1; then
        # us-east-1 is the one that may not be named: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
        where=(--create-bucket-configuration "LocationConstraint=$region")
        [[ $region != us-east-1 ]] || where=()
        run aws s3api create-bucket --bucket "$bucket" "${where[@]}" --output text
        run aws s3api put-public-access-block --bucket "$bucket" --expected-bucket-owner "$account" \
            --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
    fi
fi
run aws s3api put-object --bucket "$bucket" --key "$key" --body "$zip" --expected-bucket-owner "$account" --output text

if [[ " ${settings[*]}" != *" IotEndpoint="* ]]; then
    [[ $dry == yes ]] || endpoint=$(aws iot describe-endpoint --endpoint-type iot:Data-ATS --query endpointAddress --output text)
    settings+=("IotEndpoint=$endpoint")
fi
[[ $arch == x64 ]] && architecture=x86_64 || architecture=arm64
run aws cloudformation deploy --stack-name "$stack" --template-file "$here/template.yaml" --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset \
    --parameter-overrides "CodeBucket=$bucket" "CodeKey=$key" "Architecture=$architecture" "${settings[@]}"

describe=(aws cloudformation describe-stacks --stack-name "$stack")
if [[ $dry == yes ]]; then
    printf '%q ' "${describe[@]}" --query 'Stacks[0].Outputs' --output json
    printf '> %q\n' "$out"
    exit
fi
"${describe[@]}" --query 'Stacks[0].Outputs' --output json > "$out.part"
mv -- "$out.part" "$out"
gallery=$("${describe[@]}" --query "Stacks[0].Outputs[?OutputKey=='GalleryUrl'].OutputValue" --output text)
[[ $gallery == s3://* ]] || fail "the stack $stack is there, and has no output GalleryUrl; wanted the outputs of template.yaml (aws cloudformation describe-stacks --stack-name $stack)"
cat << END
the stack $stack is there, in $region; $out has its outputs. Next:
  sightline people publish $gallery
  deploy/aws/smoke.sh --stack $out
END
