#!/bin/sh
# Brings the metadata quorum back: finds the controllers that are silent, starts them, and waits until there is an active
# controller that all voters follow. Without a majority no topic is created, no leader elected and no broker let in.
#
# usage: lost-controller.sh [--controllers ID@HOST:PORT,…] [--start-with COMMAND] [-b HOST:PORT,…] [--dry-run] [--timeout 5m]
#   --controllers LIST     all voters, as controller.quorum.voters has them: needed where no broker can say who they are
#                          while there is no active controller
#   --start-with COMMAND   starts the controller $ID
#   -C PROFILE, --command-config FILE   reach the cluster as with any logbus command
#
# exit codes: 0 there is an active controller and every voter follows it, now or from the beginning
#   1 a command was refused   2 wrong command line   3 neither brokers nor controllers were reached
#   4 controllers were started, and the quorum is not whole   5 it is not whole, nothing was done
set -eu
# shellcheck source=docs/runbooks/common.sh
. "$(dirname "$0")/common.sh"

controllers='' start_with=''
while [ $# -gt 0 ]; do
    case $1 in
        --controllers) value "$@" && controllers=$2 && shift 2 ;;
        --start-with) value "$@" && start_with=$2 && shift 2 ;;
        *) common "$@" && shift "$shifted" ;;
    esac
done
[ -z "$arguments" ] || misused "there is nothing to name:$arguments"

# Voters that the leader has not heard of for five seconds, by its own clock.
silent() {
    of "$1" '.data | .leader_id as $leader | ((.voters[] | select(.id == $leader) | .last_fetch) // now * 1000) as $now
        | .voters[] | select(.id != $leader and ($now - (.last_fetch // 0)) > 5000) | .id'
}
quorum() { lb quorum describe -o json --timeout 8s; }
is_led() { [ "$(of "$1" '.data.leader_id // -1')" -ge 0 ]; }
followed() {
    seen=$(quorum 2>/dev/null) && is_led "$seen" && [ -z "$(silent "$seen")" ]
}

if seen=$(quorum 2>/dev/null) && is_led "$seen"; then
    down=$(silent "$seen")
    told=$(of "$seen" '.data | "controller \(.leader_id) is active in epoch \(.leader_epoch), \(.voters | length) voters"')
    [ -n "$down" ] || well "$told follow it"
    say "found: $told"
else
    say "found: no active controller answers"
    # Who votes may be known all the same, and where.
    : "${controllers:=$(of "${seen:-null}" '[.data.nodes[]? | "\(.id)@\(.endpoints[0] | sub(".*://"; ""))"] | join(",")')}"
    if [ -z "$controllers" ]; then
        # Where no broker answers either, that is the trouble.
        lb brokers list -o name >/dev/null
        say "left: name the voters: --controllers ID@HOST:PORT,… (controller.quorum.voters of any node has them)"
        broken "no active controller"
    fi
    down='' up=0
    for voter in $(echo "$controllers" | tr , ' '); do
        # One that answers at all is up: it waits for others to vote with.
        checkup=$("$LOGBUS" doctor -b "${voter#*@}" ${config:+--command-config "$config"} --timeout 5s -o json 2>/dev/null) || :
        if [ "$(of "$checkup" .data.reached)" = true ]; then up=$((up + 1)); else down="$down ${voter%%@*}"; fi
    done
    say "found: $up controllers answer, of $(echo "$controllers" | tr , '\n' | wc -l)"
fi

for id in $down; do
    say "found: controller $id is silent"
done
for id in $down; do
    if [ -n "$start_with" ]; then
        export ID="$id"
        act "start controller $id: $start_with" outside "$start_with"
    else
        say "left: start controller $id (--start-with does it)"
    fi
done
[ -z "$dry_run" ] || broken "nothing was changed (--dry-run)"
if [ "$acted" = 1 ] || [ -z "$down" ]; then
    say "do: wait until every voter follows an active controller, at most $timeout"
    until_it followed || :
fi
{ seen=$(quorum) && is_led "$seen"; } || broken "no active controller"
down=$(silent "$seen" | tr '\n' ' ')
[ -z "$down" ] || broken "controllers are silent: $down"
mended "$(of "$seen" '.data | "controller \(.leader_id) is active in epoch \(.leader_epoch), \(.voters | length) voters follow it"')"
