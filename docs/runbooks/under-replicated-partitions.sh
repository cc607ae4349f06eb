#!/bin/sh
# Brings replicas back in sync: starts brokers that are down, takes off a replication throttle that was left behind, waits
# until every replica has caught up, and gives leaderships back to where they belong.
#
# usage: under-replicated-partitions.sh [--start-with COMMAND] [-b HOST:PORT,…] [--dry-run] [--timeout 5m]
#   --start-with COMMAND   starts the broker $ID, for example: --start-with 'ssh kafka-$ID systemctl start kafka'
#   -C PROFILE, --command-config FILE   reach the cluster as with any logbus command
#
# exit codes: 0 every replica is in sync, now or from the beginning   1 a command was refused   2 wrong command line
#   3 the cluster was not reached   4 something was done, and replicas are still out   5 replicas are out, nothing was done
set -eu
# shellcheck source=docs/runbooks/common.sh
. "$(dirname "$0")/common.sh"

start_with=
while [ $# -gt 0 ]; do
    case $1 in
        --start-with) value "$@" && start_with=$2 && shift 2 ;;
        *) common "$@" && shift "$shifted" ;;
    esac
done
[ -z "$arguments" ] || misused "there is nothing to name:$arguments"

isr=$(lb isr -o json)
[ "$(of "$isr" '.data | length')" != 0 ] || well "every replica is in sync"
of "$isr" '.data | group_by([.replica, .why])[]
    | "broker \(.[0].replica): \(length) replicas out (\(.[0].why)), for example \(.[0].topic)-\(.[0].partition)"
    + (map(.behind_records // 0) | max | if . > 0 then ", up to \(.) records behind" else "" end)' | each found:

# A throttle outlives the move it was set for when nobody takes it off, and holds up whoever has to catch up.
rates=$(lb brokers throttle -o json)
if [ "$(of "$rates" '.data.brokers | length')" != 0 ]; then
    told=$(of "$rates" '.data.brokers | to_entries | map("broker \(.key) \(.value) B/s") | join(", ")')
    if [ "$(lb partitions reassign status --sample 0s --keep-throttle -o name | wc -l)" -gt 0 ]; then
        say "left: replication is throttled ($told) for a reassignment that is under way"
    else
        act "take off the replication throttle: $told" lb brokers throttle --clear
        [ -n "$dry_run" ] || say "undo: logbus brokers throttle --rate RATE"
    fi
fi

waits=1
for id in $(of "$isr" '[.data[] | select(.why == "fenced" or .why == "not-registered") | .replica] | unique[]'); do
    if [ -n "$start_with" ]; then
        export ID="$id"
        act "start broker $id: $start_with" outside "$start_with"
    else
        say "left: start broker $id (--start-with does it), or give it up: logbus brokers drain $id"
        waits=
    fi
done
for id in $(of "$isr" '[.data[] | select(.why == "offline-dir") | .replica] | unique[]'); do
    say "left: a disk of broker $id is offline: disk-full.sh"
    waits=
done

if [ -n "$dry_run" ]; then
    broken "nothing was changed (--dry-run)"
elif [ -n "$waits" ]; then
    say "do: wait until every replica has caught up, at most $timeout"
    holds wait --until in-sync --quiet --timeout "$timeout"
fi
left=$(lb isr -o json)
[ "$(of "$left" '.data | length')" = 0 ] || broken "$(of "$left" '.data | length') replicas are out of sync"
act "give leaderships back to the preferred replicas" lb partitions elect --all
mended "every replica is in sync"
