#!/bin/sh
# Gets room on disks that are full or nearly so, and log directories back that went offline: grows the disk and restarts the
# broker with commands of yours, moves replicas to another directory of the same broker, and deletes old records where told.
#
# usage: disk-full.sh [--limit 85] [--grow-with COMMAND] [--restart-with COMMAND] [--move] [--trim TOPIC --keep TIME]
#                     [-b HOST:PORT,…] [--dry-run] [--timeout 5m]
#   --limit PERCENT          how full a disk may be
#   --grow-with COMMAND      grows the disk of $DIR on broker $ID, where $DIR is offline
#   --restart-with COMMAND   restarts broker $ID after that: a directory that failed stays out of service until then
#   --move                   moves replicas to the emptiest other directory of their broker, the largest first
#   --trim TOPIC --keep TIME deletes what is older than TIME, such as 6h, from a topic; nothing brings it back
#   -C PROFILE, --command-config FILE   reach the cluster as with any logbus command
#
# exit codes: 0 every directory serves and has room, now or from the beginning   1 a command was refused
#   2 wrong command line   3 the cluster was not reached   4 something was done, and it is not enough
#   5 a disk is full or offline, nothing was done
set -eu
# shellcheck source=docs/runbooks/common.sh
. "$(dirname "$0")/common.sh"

limit=85 grow_with='' restart_with='' move='' trim='' keep=''
while [ $# -gt 0 ]; do
    case $1 in
        --limit) value "$@" && limit=$2 && shift 2 ;;
        --grow-with) value "$@" && grow_with=$2 && shift 2 ;;
        --restart-with) value "$@" && restart_with=$2 && shift 2 ;;
        --move) move=1 && shift ;;
        --trim) value "$@" && trim=$2 && shift 2 ;;
        --keep) value "$@" && keep=$2 && shift 2 ;;
        *) common "$@" && shift "$shifted" ;;
    esac
done
[ -z "$arguments" ] || misused "there is nothing to name:$arguments"
case $limit in *[!0-9]* | "") misused "$limit is no number of percent" ;; esac
[ "${trim:+1}" = "${keep:+1}" ] || misused "--trim and --keep go together"

# What is used of each directory's disk, in percent; null where it does not say.
look() {
    answer=$(lb brokers log-dirs -o json)
    of "$answer" -c '[.data[] | .used = (if .error == "NONE" and (.total_bytes // 0) > 0
        then (.total_bytes - .usable_bytes) * 100 / .total_bytes else null end)]'
}
offline() { of "$1" -c '[.[] | select(.error != "NONE")]'; }
full() { of "$1" -c --argjson limit "$limit" '[.[] | select((.used // 0) > $limit)]'; }
is_well() {
    now=$(look) && [ "$(offline "$now")$(full "$now")" = "[][]" ]
}
# Where a whole broker is gone, nobody can be asked about its disks.
gone() {
    brokers=$(lb brokers list -o json)
    of "$brokers" '[.data.brokers[] | select(.fenced) | .id] | join(",")'
}

now=$(look)
silent=$(gone)
for id in $(echo "$silent" | tr , ' '); do
    say "left: broker $id does not serve: look at its disks with df, then broker-restart.sh $id"
done
if [ "$(offline "$now")$(full "$now")" = "[][]" ]; then
    [ -z "$silent" ] || broken "the brokers that serve have room; not asked: $silent"
    well "$(of "$now" --argjson limit "$limit" '"\(length) log directories, none more than \($limit) % full"
        + (map(.used // 0) | max | ", the fullest \(. | floor) %")')"
fi
offline "$now" | jq -r '.[] | "\(.path) of broker \(.broker) is offline"' | each found:
full "$now" | jq -r '.[] | "\(.path) of broker \(.broker) is \(.used | floor) % full; most of it: "
    + ([.replicas[]] | group_by(.topic) | map({topic: .[0].topic, size: (map(.size) | add)}) | sort_by(-.size) | .[:3]
    | map("\(.topic) \(.size) bytes") | join(", "))' | each found:

# Offline: room first, then a restart, as a directory that failed is not looked at again.
for at in $(offline "$now" | jq -r '.[] | "\(.broker):\(.path | @base64)"'); do
    ID=${at%%:*}
    DIR=$(printf %s "${at#*:}" | base64 -d)
    export ID DIR
    if [ -n "$grow_with" ]; then
        act "make room in $DIR of broker $ID: $grow_with" outside "$grow_with"
    else
        say "left: make room on the disk of $DIR on broker $ID (--grow-with does it); delete no segment by hand"
    fi
    [ -n "$restart_with" ] || say "left: then restart broker $ID (--restart-with does it)"
done
if [ -n "$restart_with" ]; then
    for ID in $(offline "$now" | jq -r '[.[].broker] | unique[]'); do
        export ID
        act "restart broker $ID: $restart_with" outside "$restart_with"
    done
fi
if [ "$acted" = 1 ]; then
    is_online() { now=$(look) && [ "$(offline "$now")" = "[]" ]; }
    until_it is_online || broken "offline: $(offline "$(look)" | jq -r 'map("\(.path) of broker \(.broker)") | join(", ")')"
    now=$(look)
fi

if [ -n "$trim" ]; then
    act "delete what is older than $keep from $trim" lb topics trim "$trim" --time "-$keep" --yes
fi
# Replicas that move until the disk is below the limit, for each full disk that has a neighbour with room for them.
moves() {
    of "$1" --argjson limit "$limit" '. as $all | .[] | select((.used // 0) > $limit) | . as $from
        | ([$all[] | select(.broker == $from.broker and .path != $from.path and .error == "NONE")]
            | max_by(.usable_bytes // 0)) as $to | select($to != null)
        | ((.total_bytes - .usable_bytes) - .total_bytes * $limit / 100) as $over
        | (($to.usable_bytes // 0) - ($to.total_bytes // 0) * (100 - $limit) / 100) as $room
        | reduce ([.replicas[] | select(.is_future | not)] | sort_by(-.size)[]) as $r ({over: $over, room: $room, out: []};
            if .over > 0 and $r.size > 0 and $r.size <= .room
            then .over -= $r.size | .room -= $r.size | .out += [$r] else . end)
        | .out[] | "\($from.broker) \(.topic):\(.partition) \($to.path | @base64)"'
}
if [ -n "$move" ]; then
    for at in $(moves "$now" | tr ' ' '/'); do
        rest=${at#*/}
        to=$(printf %s "${rest#*/}" | base64 -d)
        act "move ${rest%%/*} of broker ${at%%/*} to $to" \
            lb partitions move-dir "${rest%%/*}" --broker "${at%%/*}" --to "$to"
    done
elif [ -z "$trim" ] && [ "$(full "$now")" != "[]" ]; then
    say "left: --move takes replicas to another directory of their broker; --trim TOPIC --keep TIME deletes old records;"
    say "left: or lower retention.ms or retention.bytes of a topic, or take partitions off the broker: skewed-partitions.sh"
fi

[ -z "$dry_run" ] || broken "nothing was changed (--dry-run)"
if [ "$acted" = 1 ]; then
    say "do: wait until every directory has room, at most $timeout"
    until_it is_well || :
fi
now=$(look)
[ "$(offline "$now")$(full "$now")" = "[][]" ] ||
    broken "$(of "$now" --argjson limit "$limit" '[.[] | select(.error != "NONE" or (.used // 0) > $limit)
        | "\(.path) of broker \(.broker)" + (if .used then " is \(.used | floor) % full" else " is offline" end)] | join(", ")')"
mended "$(of "$now" --argjson limit "$limit" '"\(length) log directories, none more than \($limit) % full"')"
