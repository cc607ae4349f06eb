#!/bin/sh
# Evens out leaders and replicas over the brokers, and names the partitions and keys of a topic that get more than their
# share: those only its producers can spread.
#
# usage: skewed-partitions.sh [--topic TOPIC]… [--throttle 50MB] [--factor 2] [-b HOST:PORT,…] [--dry-run] [--timeout 5m]
#   --topic TOPIC     a topic whose keys are looked at; may be repeated
#   --factor N        how many times its share a partition may have
#   --throttle RATE   bytes a second for copies between brokers
#   --plan FILE       where the plan is written, and the way back beside it as FILE.undo.json
#   -C PROFILE, --command-config FILE   reach the cluster as with any logbus command
#
# exit codes: 0 everything is even, now or from the beginning   1 a command was refused   2 wrong command line
#   3 the cluster was not reached   4 something was evened out, and something is skewed still
#   5 something is skewed, nothing was done
set -eu
# shellcheck source=docs/runbooks/common.sh
. "$(dirname "$0")/common.sh"

topics='' throttle=50MB factor=2 plan=''
while [ $# -gt 0 ]; do
    case $1 in
        --topic) value "$@" && topics="$topics $2" && shift 2 ;;
        --throttle) value "$@" && throttle=$2 && shift 2 ;;
        --factor) value "$@" && factor=$2 && shift 2 ;;
        --plan) value "$@" && plan=$2 && shift 2 ;;
        *) common "$@" && shift "$shifted" ;;
    esac
done
[ -z "$arguments" ] || misused "there is nothing to name:$arguments (--topic does it)"
: "${plan:=${LOGBUS_UNDO_DIR:-.}/skewed-partitions-$(seconds).json}"

# Partitions that are not led by the replica that should lead them, though it could.
misled() {
    described=$(lb topics describe -o json)
    of "$described" '[.data[] | .name as $topic | .partitions[] | select(.leader != .replicas[0] and (.replicas[0] as $first
        | .isr | index($first))) | "\($topic)-\(.partition)"] | length'
}
spread() {
    brokers=$(lb brokers list -o json)
    of "$brokers" '.data.brokers | map("broker \(.id): \(.replicas) replicas, \(.leaders) leaderships") | join("; ")'
}
# The moves that are needed; what would even out one is written to the plan when that is asked for.
uneven() { holds partitions reassign plan --balance --leaders -o json "$@"; }

# Hot partitions of the topics that were named.
hot() {
    for topic in $topics; do
        skew=$(lb topics skew "$topic" -o json)
        of "$skew" --argjson factor "$factor" '.data | .topic as $topic | .sampled as $sampled | .keys as $keys
            | .partitions[] | select(.of_mean > $factor or .rate_of_mean > $factor) | .partition as $p
            | "\($topic)-\($p) has \(.of_mean * 10 | round / 10) times its share of records"
            + ([$keys[] | select(.partition == $p)] | if . == [] then "" else ": \(.[0].records * 100 / $sampled | round) % of them have the key "
            + (.[0].key // "(none)") end)'
    done
}

wrong=$(misled)
moves=$(uneven)
many=$(of "$moves" '.data.moves | length')
keys=$(hot)
if [ "$wrong" = 0 ] && [ "$many" = 0 ] && [ -z "$keys" ]; then
    well "$(spread)"
fi
say "found: $(spread)"
[ "$wrong" = 0 ] || say "found: $wrong partitions are not led by their preferred replica"
[ "$many" = 0 ] || of "$moves" '.data | "\(.moves | length) partitions to even out, \(.replicas) replicas to copy, \(.bytes) bytes"' | each found:
[ -z "$keys" ] || printf '%s\n' "$keys" | each found:

if [ "$many" != 0 ] && [ -z "$dry_run" ]; then
    uneven --out "$plan" >/dev/null
    say "undo: logbus partitions reassign apply $plan.undo.json"
fi
if [ "$many" != 0 ]; then
    act "move replicas, at most $throttle a second" \
        lb partitions reassign apply "$plan" --undo "$plan.undo.json" --throttle "$throttle" --timeout "$timeout"
fi
if [ "$many" != 0 ] || [ "$wrong" != 0 ]; then
    act "give leaderships to the preferred replicas" lb partitions elect --all
fi
[ -z "$keys" ] || say "left: its producers have to spread those keys: another key, or something added to it"

[ -z "$dry_run" ] || broken "nothing was changed (--dry-run)"
is_led() { [ "$(misled)" = 0 ]; }
until_it is_led || broken "$(misled) partitions are not led by their preferred replica"
[ "$(of "$(uneven)" '.data.moves | length')" = 0 ] || broken "$(spread)"
[ -z "$keys" ] || broken "keys are skewed; $(spread)"
mended "$(spread)"
