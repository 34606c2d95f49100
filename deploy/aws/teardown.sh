#!/usr/bin/env bash
# Takes out of AWS what deploy.sh put there: the gallery and whatever else lies in the stack's bucket, the stack, and the bucket with the package.
# Messages that wait in the queues go too.
#
#   deploy/aws/teardown.sh                       asks first
#   deploy/aws/teardown.sh --stack-name NAME     else sightline
#   deploy/aws/teardown.sh --keep-code           the bucket sightline-code-ACCOUNT-REGION stays, which other stacks may share
#   deploy/aws/teardown.sh --yes                 does not ask
#   deploy/aws/teardown.sh --dry-run             prints what it would do and asks AWS nothing
set -euo pipefail

fail() { echo "teardown.sh: $*" >&2; exit 1; }
usage() { echo "teardown.sh: $1" >&2; sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

stack=sightline code=yes sure=no dry=no
while (( $# )); do
    case $1 in
        --stack-name) [[ -n ${2:-} ]] || usage "$1 wants a value"; stack=$2; shift ;;
        --keep-code) code=no ;;
        --yes) sure=yes ;;
        --dry-run) dry=yes ;;
        *) usage "got '$1', which is no option here" ;;
    esac
    shift
done

run() { if [[ $dry == yes ]]; then printf '%q ' "$@"; echo; else "$@"; fi; }

region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
if [[ $dry == yes ]]; then
    account=ACCOUNT region=${region:-REGION} bucket=BUCKET
else
    command -v aws > /dev/null || fail "aws is not on the PATH; wanted the AWS CLI, https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
    [[ -n $region ]] || region=$(aws configure get region) || fail "no region is set; wanted AWS_REGION, or a profile with one (AWS_PROFILE)"
    export AWS_DEFAULT_REGION=$region # version 1 of the AWS CLI knows no AWS_REGION
    account=$(aws sts get-caller-identity --query Account --output text)
    bucket=$(aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Outputs[?OutputKey=='Bucket'].OutputValue" --output text)
    # A stack that was never finished has no outputs.
    [[ $bucket != None ]] || bucket=''
    if [[ $sure == no ]]; then
        read -r -p "This deletes the stack $stack of account $account in $region: gallery, archive, queues and what waits in them. Type its name to go on: " typed || true
        [[ ${typed:-} == "$stack" ]] || fail "got '${typed:-}', wanted $stack; nothing was deleted"
    fi
fi

if [[ -n $bucket ]]; then run aws s3 rm "s3://$bucket" --recursive --only-show-errors; fi
run aws cloudformation delete-stack --stack-name "$stack"
# It names what it could not delete, such as a policy that is still attached to a certificate or a user.
run aws cloudformation wait stack-delete-complete --stack-name "$stack"
if [[ $code == yes ]]; then
    bucket=sightline-code-$account-$region
    if [[ $dry == yes ]] || aws s3api head-bucket --bucket "$bucket" --expected-bucket-owner "$account" > /dev/null 2>&1; then
        run aws s3 rb "s3://$bucket" --force
    fi
fi
