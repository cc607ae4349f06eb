#!/bin/sh
# Restarts one broker without anybody noticing: only when the others can do without it, and until it has all again.
# A broker that is down is started by the same command. Without --restart-with it only says how the broker is.
#
# usage: broker-restart.sh ID [--restart-with COMMAND] [-b HOST:PORT,…] [--dry-run] [--timeout 5m]
#   --restart-with COMMAND   restarts the broker $ID and returns when it has been told to
#   -C PROFILE, --command-config FILE   reach the cluster as with any logbus command
#
# exit codes: 0 the broker serves with every replica in sync   1 a command was refused   2 wrong command line
#   3 the cluster was not reached   4 it was restarted, and is not back yet
#   5 it is not well, or cannot be restarted now; nothing was done
set -eu
# shellcheck source=docs/runbooks/common.sh
. "$(dirname "$0")/common.sh"

restart_with=
while [ $# -gt 0 ]; do
    case $1 in
        --restart-with) value "$@" && restart_with=$2 && shift 2 ;;
        *) common "$@" && shift "$shifted" ;;
    esac
done
ID=${arguments# }
case $ID in *[!0-9]* | "") misused "name one broker by its id" ;; esac
export ID

# The broker's row: down, fenced, or serving with so many replicas out of sync.
state() {
    brokers=$(lb brokers list -o json)
    of "$brokers" --argjson id "$ID" '.data.brokers | map(select(.id == $id)) | if . == [] then "down"
        elif .[0].fenced then "fenced" elif .[0].out_of_sync > 0 then "\(.[0].out_of_sync) replicas not in sync"
        else "ok" end'
}

now=$(state)
case $now in
    down | fenced) say "found: broker $ID is $now" ;;
    *)
        [ "$now" = ok ] || say "found: broker $ID serves, $now"
        # The others have to hold their partitions, the quorum its majority.
        if [ -n "$restart_with" ] && [ -z "$dry_run" ]; then
            say "do: wait until the others can do without broker $ID, at most $timeout"
            holds wait --until "can-restart=$ID" --quiet --timeout "$timeout"
        fi
        verdict=$(holds brokers can-restart "$ID" -o json)
        if [ "$(of "$verdict" .data.can_restart)" != true ]; then
            of "$verdict" '.data.reasons[:5][] | [.reason, (if .topic then "\(.topic)-\(.partition)" else empty end),
                (if .left != null then "\(.left) would be left" else empty end)] | join(": ")' | each found:
            broken "broker $ID is needed: restarting it would be noticed"
        fi
        ;;
esac
if [ -z "$restart_with" ]; then
    [ "$now" != ok ] || well "broker $ID serves, every replica is in sync, and it can be restarted"
    say "left: restart it (--restart-with does it); if only replicas are behind, under-replicated-partitions.sh"
    broken "broker $ID is not well: $now"
fi

act "restart broker $ID: $restart_with" outside "$restart_with"
[ -z "$dry_run" ] || broken "nothing was changed (--dry-run)"
say "do: wait until broker $ID has all of its replicas again, at most $timeout"
is_back() { [ "$(state)" = ok ]; }
until_it is_back || broken "broker $ID is not back: $(state)"
act "give leaderships back to the preferred replicas" lb partitions elect --all
brokers=$(lb brokers list -o json)
mended "$(of "$brokers" --argjson id "$ID" '.data.brokers[] | select(.id == $id)
    | "broker \(.id) serves: \(.replicas) replicas in sync, \(.leaders) leaderships"')"
