#!/bin/sh
# Says why a group is behind, starts consumers where that is what it lacks, and waits until it has caught up.
#
# usage: consumer-lag.sh [GROUP…] [--max 1000] [--start-with COMMAND] [-b HOST:PORT,…] [--dry-run] [--timeout 5m]
#   GROUP                  groups; all consumer groups without any
#   --max RECORDS          how many records left in a topic are well
#   --sample TIME          how long to watch the group read
#   --start-with COMMAND   starts consumers of the group $GROUP where nobody reads, or too few do
#   -C PROFILE, --command-config FILE   reach the cluster as with any logbus command
#
# exit codes: 0 no group is behind, now or from the beginning   1 a command was refused   2 wrong command line
#   3 the cluster was not reached   4 consumers were started, and a group is still behind
#   5 a group is behind, nothing was done
set -eu
# shellcheck source=docs/runbooks/common.sh
. "$(dirname "$0")/common.sh"

max=1000 sample=5s start_with=''
while [ $# -gt 0 ]; do
    case $1 in
        --max) value "$@" && max=$2 && shift 2 ;;
        --sample) value "$@" && sample=$2 && shift 2 ;;
        --start-with) value "$@" && start_with=$2 && shift 2 ;;
        *) common "$@" && shift "$shifted" ;;
    esac
done
case $max in *[!0-9]* | "") misused "$max is no number of records" ;; esac

# shellcheck disable=SC2086 # words, one a group
lag=$(lb lag $arguments --sample "$sample" -o json)
behind=$(of "$lag" -c --argjson max "$max" '[.data[] | select((.lag // 0) > $max)]')
[ "$behind" != "[]" ] || well "$(of "$lag" '[.data[].group] | unique | length') groups, none more than $max records behind"

of "$behind" '.[] | "\(.group) on \(.topic): \(.lag) records left, "
    + (if .lag_ms then "the oldest waits for \(.lag_ms / 1000 | floor) s, " else "" end)
    + (.verdict | .is + (if .why.percent then " (reads \(.why.percent) % of what arrives)" else "" end))
    + (if .drains_in_s then ", caught up in \(.drains_in_s | ceil) s" else "" end)' | each found:
# One partition with nearly all of the lag: a record that cannot be read, a hot key, or a transaction that never ends.
of "$behind" '.[] | . as $row | .partitions | length as $n | max_by(.lag // 0)
    | select($n > 1 and (.lag // 0) * 10 >= $row.lag * 9)
    | "\($row.group) on \($row.topic): partition \(.partition) has \(.lag) of them, and stands at offset \(.committed)"' |
    each found:

waits=
for group in $(of "$behind" '[.[] | select(.verdict.is == "stopped" or .verdict.is == "falling-behind") | .group] | unique[]'); do
    room=$(of "$behind" --arg group "$group" '[.[] | select(.group == $group) | (.partitions | length) - .members] | max')
    if [ "$room" -le 0 ]; then
        say "left: every partition of $group has a consumer already: faster ones, or more partitions: logbus topics alter"
    elif [ -n "$start_with" ]; then
        export GROUP="$group"
        act "start consumers of $group: $start_with" outside "$start_with"
        waits="$waits $group"
    else
        say "left: start consumers of $group, up to $room more (--start-with does it)"
    fi
done
for group in $(of "$behind" '[.[] | select(.verdict.is == "ok") | .group] | unique[]'); do
    waits="$waits $group"
done
# A reader of committed records stands still before a transaction that nobody ends, and no restart helps.
of "$behind" '[.[] | select(.verdict.is == "stalled")] | unique_by(.group, .topic)[] | "\(.group) \(.topic)"' |
    while read -r group topic; do
        if [ -n "$(lb transactions find-hanging --topic "$topic" -o name </dev/null)" ]; then
            say "left: $group waits for a transaction in $topic that nobody ends: hanging-transaction.sh --topic $topic"
        else
            say "left: the members of $group read nothing: logbus groups describe $group --members; their logs say more"
        fi
    done
[ -n "$waits" ] || say "left: or give up what is too old: offset-reset.sh GROUP --topic TOPIC --to-datetime -1h"

[ -z "$dry_run" ] || broken "nothing was changed (--dry-run)"
if [ -n "$waits" ]; then
    say "do: wait until at most $max records are left, at most $timeout"
    # shellcheck disable=SC2086 # words, one a group
    holds wait --until "lag-below=$max" $waits --quiet --timeout "$timeout"
fi
# shellcheck disable=SC2086 # words, one a group
lag=$(lb lag $arguments --sample 0s -o json)
still=$(of "$lag" --argjson max "$max" '[.data[] | select((.lag // 0) > $max) | "\(.group) on \(.topic): \(.lag)"] | join(", ")')
[ -z "$still" ] || broken "records are left: $still"
mended "no group is more than $max records behind"
