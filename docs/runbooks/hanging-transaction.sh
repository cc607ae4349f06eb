#!/bin/sh
# Ends transactions that nobody will end: readers of committed records stand still before them, and logs are not compacted.
#
# usage: hanging-transaction.sh [--topic TOPIC]… [--older-than 15m] [--open] [-b HOST:PORT,…] [--dry-run] [--timeout 5m]
#   --topic TOPIC       only in this topic; may be repeated; all topics without it
#   --older-than TIME   no producer's transaction.timeout.ms may be longer than this
#   --open              end those too that a coordinator knows to be open for longer; their producers are fenced
#   -C PROFILE, --command-config FILE   reach the cluster as with any logbus command
#
# exit codes: 0 no transaction hangs, now or from the beginning   1 a command was refused   2 wrong command line
#   3 the cluster was not reached   4 some were ended, others are open   5 some are open, nothing was done
set -eu
# shellcheck source=docs/runbooks/common.sh
. "$(dirname "$0")/common.sh"

topics='' older=15m open=''
while [ $# -gt 0 ]; do
    case $1 in
        --topic) value "$@" && topics="$topics --topic $2" && shift 2 ;;
        --older-than) value "$@" && older=$2 && shift 2 ;;
        --open) open=1 && shift ;;
        *) common "$@" && shift "$shifted" ;;
    esac
done
[ -z "$arguments" ] || misused "there is nothing to name:$arguments"

# Those that no coordinator knows, and those that one still waits for.
# shellcheck disable=SC2086 # words, two a topic
hanging() { lb transactions find-hanging $topics --older-than "$older" -o json; }
# A broker without transaction coordinator has none to tell of.
if lb brokers api-versions -o name | grep -q '^ListTransactions$'; then
    ongoing() { lb transactions list --state Ongoing,PrepareCommit,PrepareAbort --longer-than "$older" -o json; }
else
    ongoing() { echo '{"data": []}'; }
fi

hang=$(hanging)
late=$(ongoing)
of "$hang" '.data[] | "\(.topic)-\(.partition): producer \(.producer_id) hangs since offset \(.transaction_start)"' | each found:
of "$late" '.data[] | "\(.transactional_id): \(.state) for too long, by its coordinator \(.coordinator)"' | each found:
if [ "$(of "$hang" '.data | length')" = 0 ] && [ "$(of "$late" '.data | length')" = 0 ]; then
    well "no transaction is open for longer than $older"
fi

for at in $(of "$hang" '.data[] | "\(.topic):\(.partition)/\(.transaction_start)"'); do
    act "abort the transaction in ${at%/*} from offset ${at#*/} on" \
        lb transactions abort "${at%/*}" --start-offset "${at#*/}" --yes
done
of "$late" '.data[] | select(.state != "Ongoing") | "its coordinator is ending \(.transactional_id), and cannot: the log of broker \(.coordinator)"' |
    each left:
for id in $(of "$late" '.data[] | select(.state == "Ongoing") | .transactional_id | @base64'); do
    id=$(printf %s "$id" | base64 -d)
    if [ -n "$open" ]; then
        act "end the transaction of $id, and fence its producer" lb transactions abort --transactional-id "$id" --yes
    else
        say "left: $id ends at its transaction.timeout.ms; --open ends it now and fences its producer"
    fi
done
[ -z "$dry_run" ] || broken "nothing was changed (--dry-run)"

# Markers are written by the brokers in their own time.
none_is_open() { [ -z "$(hanging | jq -r '.data[].topic')" ] && [ -z "$(ongoing | jq -r '.data[].transactional_id')" ]; }
if [ "$acted" = 1 ] && { [ -n "$open" ] || [ "$(of "$late" '.data | length')" = 0 ]; }; then
    until_it none_is_open || :
fi
none_is_open || broken "transactions are open for longer than $older"
mended "no transaction is open for longer than $older"
