#!/bin/sh
# Moves where a group stands, with a way back. Without a place to go to, it mends what is broken: offsets that lie outside
# of their log, because records expired or were deleted or the topic was made anew, go to the nearest end of it.
#
# usage: offset-reset.sh GROUP [--topic TOPIC[:0,1]]… [PLACE] [--stop-with COMMAND] [--start-with COMMAND]
#                        [-b HOST:PORT,…] [--dry-run] [--timeout 5m]
#   --topic TOPIC          only this topic, or some partitions of it; all that the group has committed without it
#   PLACE                  --to-earliest, --to-latest, --to-datetime TIME, --by-duration TIME, --to-offset N or --shift-by N,
#                          as in logbus groups reset-offsets
#   --stop-with COMMAND    stops the consumers of $GROUP: offsets move only while the group has no members
#   --start-with COMMAND   starts them again
#   --backup FILE          where the way back is written
#   -C PROFILE, --command-config FILE   reach the cluster as with any logbus command
#
# exit codes: 0 the group stands where it shall, now or from the beginning   1 a command was refused, or the group has
#   members   2 wrong command line   3 the cluster was not reached   4 offsets were moved, and are not where they shall be
#   5 offsets are to be moved, nothing was done
set -eu
# shellcheck source=docs/runbooks/common.sh
. "$(dirname "$0")/common.sh"

topics='' place='' amount='' stop_with='' start_with='' backup=''
while [ $# -gt 0 ]; do
    case $1 in
        --topic) value "$@" && topics="$topics --topic $2" && shift 2 ;;
        --to-earliest | --to-latest) place=$1 && shift ;;
        --to-datetime | --by-duration | --to-offset | --shift-by) value "$@" && place=$1 amount=$2 && shift 2 ;;
        --stop-with) value "$@" && stop_with=$2 && shift 2 ;;
        --start-with) value "$@" && start_with=$2 && shift 2 ;;
        --backup) value "$@" && backup=$2 && shift 2 ;;
        *) common "$@" && shift "$shifted" ;;
    esac
done
GROUP=${arguments# }
case $GROUP in *" "* | "") misused "name one group" ;; esac
export GROUP

reset() {
    # shellcheck disable=SC2086 # words, two a topic
    lb groups reset-offsets "$GROUP" ${topics:---all-topics} "${place:---to-current}" ${amount:+"$amount"} -o json "$@"
}

plan=$(reset)
moves=$(of "$plan" -c '[.data.moves[] | select(.committed != .new)]')
[ "$moves" != "[]" ] || well "$GROUP stands where it shall in $(of "$plan" '.data.moves | length') partitions"
of "$moves" '.[] | "\(.topic)-\(.partition): " + (if .committed then "committed \(.committed)" else "nothing is committed" end)
    + ", goes to \(.new)" + (if .committed == null then "" elif .new > .committed then ", \(.new - .committed) \(if .note == "before-start" then "are gone" else "skipped" end)"
    else ", \(.committed - .new) again" end)' | each found:

state=$(of "$plan" .data.state)
case $state in
    Empty | Dead) ;;
    *)
        say "found: $GROUP is $state: it has members, which would commit over it"
        if [ -z "$stop_with" ]; then
            say "left: stop its consumers (--stop-with does it)"
            broken "nothing was changed: $GROUP has members"
        fi
        act "stop the consumers of $GROUP: $stop_with" outside "$stop_with"
        [ -n "$dry_run" ] || holds wait --until group-empty "$GROUP" --quiet --timeout "$timeout"
        ;;
esac

if [ -n "$dry_run" ]; then
    say "would: move $(of "$moves" length) offsets of $GROUP"
    [ -z "$start_with" ] || say "would: start the consumers of $GROUP: $start_with"
    broken "nothing was changed (--dry-run)"
fi
: "${backup:=${LOGBUS_UNDO_DIR:-.}/offset-reset-$GROUP-$(seconds).json}"
say "do: move $(of "$moves" length) offsets of $GROUP"
moved=$(reset --execute --backup "$backup") || failed "move the offsets of $GROUP"
acted=1
say "undo: logbus groups undo-reset $backup --execute"

# What was carried out, not what was planned: the end of a log moves on.
described=$(lb groups describe "$GROUP" -o json)
wrong=$(of "$described" --argjson plan "$moved" '[.data[].offsets[] as $now | $plan.data.moves[]
    | select(.topic == $now.topic and .partition == $now.partition and .new != $now.committed)
    | "\(.topic)-\(.partition)"] | join(", ")')
[ -z "$wrong" ] || broken "$GROUP does not stand where it shall: $wrong"
if [ -n "$start_with" ]; then
    act "start the consumers of $GROUP: $start_with" outside "$start_with"
    holds wait --until group-stable "$GROUP" --quiet --timeout "$timeout"
fi
mended "$GROUP stands where it shall in $(of "$moved" '.data.moves | length') partitions"
