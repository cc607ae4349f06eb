# shellcheck shell=sh
# What the runbooks share. Sourced, never run.
#
# A script says on stdout what it finds and does, a line each, and the last line is its verdict:
#   found:   what is wrong            do:   what it does now        would:   what it would do (--dry-run)
#   left:    what a person decides    undo: how to take it back
#   well:    nothing was wrong        mended: it was, and is well now        broken: it still is

# Names that begin with _ are of the functions here: in a shell every variable is everybody's.
bootstrap='' config='' profile='' dry_run='' timeout=5m arguments=''
acted=0 shifted=0

# The comment at the head of the script is its help.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

misused() {
    printf '%s\n' "error: $*" "hint: ${0##*/} --help" >&2
    exit 2
}

# value OPTION VALUE...: an option that takes a value has one.
value() { [ $# -ge 2 ] || misused "$1 needs a value"; }

# common "$@": takes an option that every script has, or an argument; `shifted` is how many words that were.
common() {
    shifted=2
    case $1 in
        -b | --bootstrap-server) value "$@" && bootstrap=$2 ;;
        -C | --profile) value "$@" && profile=$2 ;;
        --command-config) value "$@" && config=$2 ;;
        --timeout) value "$@" && in_seconds "$2" >/dev/null && timeout=$2 ;;
        --dry-run) dry_run=1 shifted=1 ;;
        -h | --help) usage && exit 0 ;;
        -*) misused "there is no option $1" ;;
        *) arguments="$arguments $1" && shifted=1 ;;
    esac
}

command -v jq >/dev/null || { echo "error: jq is not installed" >&2; exit 2; }
command -v "${LOGBUS:=logbus}" >/dev/null || { echo "error: logbus is not on the PATH; LOGBUS names it" >&2; exit 2; }

# The native commands, on the cluster that was named; their exit codes are in docs/exit-codes.md.
lb() {
    "$LOGBUS" "$@" ${bootstrap:+-b "$bootstrap"} ${profile:+-C "$profile"} ${config:+--command-config "$config"}
}

# holds COMMAND...: like lb, where exit code 5 is an answer, too.
holds() {
    lb "$@" || {
        _code=$?
        [ "$_code" = 5 ] || return "$_code"
    }
}

# of JSON FILTER ARGS...: what jq makes of an answer.
of() {
    _answer=$1 && shift
    printf '%s\n' "$_answer" | jq -r "$@"
}

say() { printf '%s\n' "$*"; }

# each PREFIX: the lines of stdin, each with it.
each() { while IFS= read -r _line; do say "$1 $_line"; done; }

# act WHAT COMMAND...: does it, or says what would be done. What the command prints is talk.
act() {
    _what=$1 && shift
    if [ -n "$dry_run" ]; then
        say "would: $_what"
        return 0
    fi
    say "do: $_what"
    acted=1
    "$@" >&2 || failed "$_what"
}

failed() {
    _code=$?
    say "broken: could not $1"
    exit "$([ "$_code" = 3 ] && echo 3 || echo 1)"
}

# outside COMMAND: runs the operator's own command, which finds $ID, $DIR and $GROUP in its environment. Whether the cluster
# is well afterwards tells more than how the command ended.
outside() { sh -c "$1" </dev/null || say "found: that ended with exit code $?"; }

# seconds: the clock. until_it COMMAND...: repeats it each second until it goes well or the time is over.
seconds() { date +%s; }
until_it() {
    _end=$(($(seconds) + $(in_seconds "$timeout")))
    until "$@"; do
        [ "$(seconds)" -lt "$_end" ] || return 1
        sleep 1
    done
}

# in_seconds TIME: 90s, 5m or 2h as seconds.
in_seconds() {
    _number=${1%[smh]}
    case $_number in *[!0-9]* | "") misused "$1 is no time such as 90s, 5m or 2h" ;; esac
    case $1 in
        *s) echo "$_number" ;;
        *m) echo $((_number * 60)) ;;
        *h) echo $((_number * 3600)) ;;
        *) misused "$1 is no time such as 90s, 5m or 2h" ;;
    esac
}

# The four ends.
well() { say "well: $*"; exit 0; }
mended() {
    # Nothing was done in a dry run, so nothing is well.
    [ -z "$dry_run" ] || { say "broken: nothing was changed (--dry-run)"; exit 5; }
    say "mended: $*"
    exit 0
}
broken() {
    say "broken: $*"
    [ "$acted" = 0 ] && exit 5
    exit 4
}
