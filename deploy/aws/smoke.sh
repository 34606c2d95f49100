#!/usr/bin/env bash
# Sends one frame through the stack and looks at the answer: camera and core run here, the queues and the recognizer are those of the stack.
# Exit code 0 when the frame was answered, and by whom it was to be.
#
#   deploy/aws/smoke.sh                         somebody who does not exist, who is answered as Unknown
#   deploy/aws/smoke.sh --expect Ada ada.jpg    a photograph, and the name that is to come back
#   deploy/aws/smoke.sh --stack FILE            what deploy.sh wrote; else outputs.json
#   deploy/aws/smoke.sh --dry-run               prints what it would do
#
# SQS hands each answer to one reader, so no other core may read the stack's answers meanwhile. SIGHTLINE is the program; else ./sightline of this checkout.
set -euo pipefail
root=$(cd -- "$(dirname -- "$(readlink -f -- "$0")")/../.." && pwd -P)

fail() { echo "smoke.sh: $*" >&2; exit 1; }
usage() { echo "smoke.sh: $1" >&2; sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }

outputs=outputs.json expect='' photo='' dry=no
while (( $# )); do
    case $1 in
        --stack) [[ -n ${2:-} ]] || usage "$1 wants a value"; outputs=$2; shift ;;
        --expect) [[ -n ${2:-} ]] || usage "$1 wants a value"; expect=$2; shift ;;
        --dry-run) dry=yes ;;
        -*) usage "got '$1', which is no option here" ;;
        *) [[ -z $photo ]] || usage "got $photo and $1; wanted one photograph"; photo=$1 ;;
    esac
    shift
done
[[ -z $expect || -n $photo ]] || usage "--expect $expect wants a photograph of them"

sightline=${SIGHTLINE:-$root/sightline}
if [[ $dry == yes ]]; then data=DATA broker=mqtt://127.0.0.1:PORT
else
    [[ -f $outputs ]] || fail "there is no $outputs; wanted what deploy/aws/deploy.sh wrote (--stack FILE)"
    data=$(mktemp -d)
fi
started=()
finish() {
    for id in "${started[@]}"; do kill "$id" 2> /dev/null || true; done
    for id in "${started[@]}"; do wait "$id" 2> /dev/null || true; done
    [[ $dry == yes ]] || rm -rf -- "$data"
}
trap finish EXIT

# start NAME COMMAND…: runs until this script ends, and is waited for until its ready line is in DATA/NAME.
start() {
    local name=$1
    shift
    if [[ $dry == yes ]]; then printf '%q ' "$@"; echo '&'; return; fi
    "$@" > /dev/null 2> "$data/$name" &
    started+=($!)
    until grep -q '^ready ' "$data/$name" 2> /dev/null; do
        kill -0 $! 2> /dev/null || { cat -- "$data/$name" >&2; fail "the $name ended before it was ready; what it said is above"; }
        sleep 0.2
    done
}

start box "$sightline" box --mqtt-port 0 --sqs-port 0 --data "$data"
[[ $dry == yes ]] || broker=mqtt://$(sed -n 's/^ready .*mqtt=\([^ ]*\).*/\1/p' "$data/box")
# Both crops, so that any model of the function's finds its own.
start core "$sightline" edge --stack "$outputs" --broker "$broker" --data "$data" --alignment 112-five-points --alignment 160-box --log-level warning
if [[ -n $photo ]]; then frame=("$photo"); else frame=(--synthetic 1 --count 1); fi
# A minute: a function that starts has model and gallery to fetch first.
send=("$sightline" send "${frame[@]}" --broker "$broker" --device smoke-test --timeout 60 --json)
if [[ $dry == yes ]]; then printf '%q ' "${send[@]}"; echo; exit; fi

answer=$("${send[@]}") || { printf '%s\n' "$answer" >&2; cat -- "$data/core" >&2; fail "the frame was not answered; what camera and core said is above, the function's log has the rest (docs/aws.md#when-it-does-not-work)"; }
printf '%s\n' "$answer"
result=$(sed -n 's/.*"result":"\([^"]*\)".*/\1/p' <<< "$answer" | head -n 1)
case $result in
    '' | Failed | Expired | Bad-Image) fail "the answer is '$result', and that is no answer about a face; \"reason\" above says why" ;;
    No-Face) fail "the core found no face, so the stack was not asked; wanted a photograph with a face" ;;
esac
[[ -z $expect || $result == "$expect" ]] || fail "the answer is '$result', wanted '$expect'; is $expect enrolled, and the gallery published (sightline people publish)?"
echo "answered: $result" >&2
