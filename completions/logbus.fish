# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_logbus_global_optspecs
    string join \n h/help V/version
end

function __fish_logbus_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_logbus_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_logbus_using_subcommand
    set -l cmd (__fish_logbus_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c logbus -n "__fish_logbus_needs_command" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_needs_command" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "broker" -d 'Start a broker here'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "cluster" -d 'Run a cluster of several nodes on this machine'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "topics" -d 'List, describe, create, alter and delete topics'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "produce" -d 'Send lines as records'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "consume" -d 'Read records'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "copy" -d 'Copy records of a topic into another one, of this cluster or of another'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "redrive" -d 'Send records of a dead-letter topic back to where they came from'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "groups" -d 'List and describe consumer groups, move where they stand, delete them'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "lag" -d 'Show who is behind, by how much, and until when'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "export" -d 'Write down what a cluster has, as a file that `plan` and `apply` read'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "plan" -d 'Show how a cluster differs from a file; exit code 5 if it does'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "apply" -d 'Make a cluster as a file says'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "health" -d 'Say whether the cluster is well; exit code 5 if not'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "wait" -d 'Wait until the cluster, a topic or a group is as it should be'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "top" -d 'Watch the cluster live'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "offsets" -d 'Look up the ends of partitions, and offsets by time'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "configs" -d 'Read and change settings of topics, brokers, loggers, groups and client metrics'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "quotas" -d 'List, describe and change quotas of users, clients and addresses'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "users" -d 'List who may log in by SCRAM, give and take passwords'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "brokers" -d 'List and describe brokers, drain, even out and throttle them, ask whether one can be restarted'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "acls" -d 'Show and change who may do what'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "tokens" -d 'Make, list, renew and expire delegation tokens'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "partitions" -d 'Move partitions between brokers, elect their leaders'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "transactions" -d 'List and describe transactions, find those that hang, end them'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "producers" -d 'Show the producers that partitions remember'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "report" -d 'Show what nobody uses any more, and what topics need of disks and networks'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "isr" -d 'Show which replicas are not in sync, how far behind, and why'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "quorum" -d 'Describe the metadata quorum, add and remove voters'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "features" -d 'Show and change the cluster\'s features'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "doctor" -d 'Say step by step whether and how a cluster is reached, and what is wrong'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "profiles" -d 'Keep ways to reach clusters under names, with what they forbid'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "links" -d 'Put this program under the names of Kafka\'s tools'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "dump-log" -d 'Show what is in segments, indexes, producer snapshots and checkpoints, without a broker'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "metadata" -d 'Walk the state that a metadata log holds, without a broker'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "storage" -d 'Format data directories and show what is in them'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "bench" -d 'Measure throughput and latency'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "sim" -d 'Run a whole cluster on simulated time, break it, and check that nothing is lost'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "man" -d 'Print a manual page'
complete -c logbus -n "__fish_logbus_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand broker" -l config -d 'Read settings from a Kafka `server.properties`; its directories must be formatted' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand broker" -l override -d 'Set one setting, over the file\'s; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand broker" -l data-dir -d 'Keep data here (`log.dirs`) [default: ./logbus-data]' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand broker" -l listener -d 'Serve Kafka here (`listeners`), as HOST:PORT or NAME://HOST:PORT [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand broker" -l admin-listener -d 'Serve the admin daemon here (`logbus.admin.listener`), as HOST:PORT; `none` turns it off [default: 127.0.0.1:8082]' -r
complete -c logbus -n "__fish_logbus_using_subcommand broker" -l node-id -d 'This node\'s id (`node.id`) [default: 1]' -r
complete -c logbus -n "__fish_logbus_using_subcommand broker" -l log-format -d 'How the log on stderr is written' -r -f -a "text\t'One line an event, for people'
json\t'One JSON object an event'"
complete -c logbus -n "__fish_logbus_using_subcommand broker" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand broker" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and not __fish_seen_subcommand_from start stop kill pause resume status help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and not __fish_seen_subcommand_from start stop kill pause resume status help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and not __fish_seen_subcommand_from start stop kill pause resume status help" -f -a "start" -d 'Make a cluster here, or start what is down of the one that is here'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and not __fish_seen_subcommand_from start stop kill pause resume status help" -f -a "stop" -d 'Stop nodes by a controlled shutdown'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and not __fish_seen_subcommand_from start stop kill pause resume status help" -f -a "kill" -d 'Kill nodes (SIGKILL), as a crash would'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and not __fish_seen_subcommand_from start stop kill pause resume status help" -f -a "pause" -d 'Hold nodes (SIGSTOP), as a stall of the machine would'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and not __fish_seen_subcommand_from start stop kill pause resume status help" -f -a "resume" -d 'Let held nodes go on (SIGCONT)'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and not __fish_seen_subcommand_from start stop kill pause resume status help" -f -a "status" -d 'Show which nodes run, where they listen and who leads'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and not __fish_seen_subcommand_from start stop kill pause resume status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -s d -l dir -d 'The cluster\'s directory' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -s n -l nodes -d 'Nodes of a new cluster [default: 3]' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -l controllers -d 'How many nodes of a new cluster vote on the metadata [default: 3, or 1 of fewer than 3 nodes]' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -l base-port -d 'Serve clients on this port and those that follow, controllers 100 above, admin daemons 200 above [default: free ports]' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -l override -d 'Set one setting of every node of a new cluster; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -l timeout -d 'Longest time until all nodes are ready' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from start" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from stop" -s d -l dir -d 'The cluster\'s directory' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from stop" -l timeout -d 'Longest time until they have stopped' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from stop" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from kill" -s d -l dir -d 'The cluster\'s directory' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from kill" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from pause" -s d -l dir -d 'The cluster\'s directory' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from pause" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from resume" -s d -l dir -d 'The cluster\'s directory' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from resume" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from status" -s d -l dir -d 'The cluster\'s directory' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from status" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from status" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from status" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from status" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from status" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "start" -d 'Make a cluster here, or start what is down of the one that is here'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stop nodes by a controlled shutdown'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "kill" -d 'Kill nodes (SIGKILL), as a crash would'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "pause" -d 'Hold nodes (SIGSTOP), as a stall of the machine would'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "resume" -d 'Let held nodes go on (SIGCONT)'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show which nodes run, where they listen and who leads'
complete -c logbus -n "__fish_logbus_using_subcommand cluster; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -f -a "list" -d 'List topics with size and state'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -f -a "describe" -d 'Show partitions, settings and what is wrong'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -f -a "skew" -d 'Show hot partitions and hot keys'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -f -a "create" -d 'Create topics'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -f -a "alter" -d 'Add partitions to a topic, or change its replication factor'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -f -a "delete" -d 'Delete topics and their records'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -f -a "trim" -d 'Delete the oldest records of a topic, up to an offset or a time'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and not __fish_seen_subcommand_from list describe skew create alter delete trim help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -l internal -d 'Show the cluster\'s own topics too'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l under-replicated -l under-replicated-partitions -d 'Only partitions whose ISR is smaller than their replica set'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l unavailable -l unavailable-partitions -d 'Only partitions without a live leader'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l under-min-isr -l under-min-isr-partitions -d 'Only partitions with fewer in sync than min.insync.replicas'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l at-min-isr -l at-min-isr-partitions -d 'Only partitions with exactly min.insync.replicas in sync'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l window -d 'Over which time rates are measured' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l sample -d 'How many of the last records to read for their keys; 0 reads none' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l keys -d 'How many keys to show' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l max -d 'Exit with 5 when a partition has more than so many times its share' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from skew" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -s p -l partitions -d 'Partitions of each [default: the cluster\'s num.partitions]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -s r -l replication-factor -l rf -d 'Replicas of each partition [default: the cluster\'s default.replication.factor]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -l assignment -d 'Brokers of each partition, replicas by colon, partitions by comma: 1:2,2:3' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -s c -l config -d 'Setting of the topic; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -l if-not-exists -d 'Accept a topic that is there already'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -l dry-run -d 'Ask whether it could be done, change nothing'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from create" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -s p -l partitions -d 'How many partitions it shall have in all' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -s r -l replication-factor -d 'How many replicas each partition shall have; copies only what is missing' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -l throttle -d 'Bytes a second between brokers, 50MB for instance; slowed down while other replicas fall behind' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -l undo -d 'Where to write the way back, as a plan that `apply` and Kafka\'s tool take' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -l dry-run -d 'Ask whether it could be done, change nothing'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -l no-wait -d 'Start the moves and come back at once; `logbus partitions reassign status` takes the throttle off at the end'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -l wait -d 'Wait until everything is where it shall be; what happens without it too'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from alter" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from delete" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from delete" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from delete" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from delete" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Delete; without it, show what would be deleted'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from delete" -l if-exists -d 'Accept a topic that is not there'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from delete" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -s p -l partitions -d 'Only these partitions' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -l offset -d 'Keep this offset and what comes after it' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -l time -d 'Keep the first record of this time and what comes after it, such as `yesterday 14:00Z` or -1h' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -l all -d 'Keep nothing of what is there now'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -s y -l yes -d 'Delete; without it, show what would be deleted'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from trim" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "list" -d 'List topics with size and state'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show partitions, settings and what is wrong'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "skew" -d 'Show hot partitions and hot keys'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create topics'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "alter" -d 'Add partitions to a topic, or change its replication factor'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete topics and their records'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "trim" -d 'Delete the oldest records of a topic, up to an offset or a time'
complete -c logbus -n "__fish_logbus_using_subcommand topics; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s f -l file -d 'Read this file instead of stdin' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s k -l key-separator -d 'What stands between key and value; every line must have it' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -l key -d 'One key for all lines' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s p -l partition -d 'Send to this partition, whatever the key' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s H -l header -d 'Header of every record; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -l null -d 'Text that stands for null' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s z -l compression -d 'none, gzip, snappy, lz4, zstd' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -l linger -d 'How long a batch waits for more [default: 5ms]' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -l batch-size -d 'Bytes of a batch before compression [default: 256KiB]' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -l acks -d 'all, 1 or 0' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s X -l property -d 'Producer setting by its Java name; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand produce" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s q -l quiet -d 'Say nothing when done'
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand produce" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s p -l partitions -d 'Only these partitions' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -l from -d 'Where to begin: earliest, latest, an offset, -N for the last N of each partition, or a time such as `yesterday 14:00Z`, @1700000000 or -1h [default: latest]' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -l until -d 'Where to end: `end` for the end as it is now, an offset, or a time; both excluded' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s n -l max-messages -d 'Stop after so many records' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -l idle -d 'Stop when nothing has come for so long' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s g -l group -d 'Read as a member of this group, committing as it goes' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s f -l format -d 'value, json, or a template: {topic} {partition} {offset} {time} {timestamp} {key} {value} {headers}, \\t, \\n' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s X -l property -d 'Consumer setting by its Java name; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand consume" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand consume" -l from-beginning -d 'Begin at the first record kept; in a group, where nothing is committed'
complete -c logbus -n "__fish_logbus_using_subcommand consume" -l read-committed -d 'See nothing of open or aborted transactions'
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s q -l quiet -d 'Say nothing when done'
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand consume" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l to-bootstrap-server -d 'Another cluster to write to' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l to-command-config -d 'Java client properties for that cluster' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand copy" -s p -l partitions -d 'Only these partitions' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l key -d 'Only records with this key' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l key-regex -d 'Only records whose key matches' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l header -d 'Only records with this header, and this value if one is given; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l since -d 'Only records at or after a time: 2026-11-22T00:00:00Z, `yesterday 14:00Z`, -1h' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l before -d 'Only records before a time' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -s n -l limit -d 'Stop after so many records' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l rate -d 'Records a second at most' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l byte-rate -d 'Bytes of records a second at most, 10MB for instance' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l state -d 'Keep in this file how far it is, and go on from there' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand copy" -s g -l group -d 'Commit how far it is as this group, and go on from there' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -s z -l compression -d 'none, gzip, snappy, lz4, zstd' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l by-key -d 'Choose partitions by key, instead of keeping them'
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l follow -d 'Go on with what comes, instead of stopping where the topic ends now'
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l dry-run -d 'Count what would be sent, send nothing'
complete -c logbus -n "__fish_logbus_using_subcommand copy" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand copy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand copy" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l origin-header -d 'The header that names the topic; may be repeated [default: those of Spring and Kafka Connect]' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l to-bootstrap-server -d 'Another cluster to write to' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l to-command-config -d 'Java client properties for that cluster' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -s p -l partitions -d 'Only these partitions' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l key -d 'Only records with this key' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l key-regex -d 'Only records whose key matches' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l header -d 'Only records with this header, and this value if one is given; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l since -d 'Only records at or after a time: 2026-11-22T00:00:00Z, `yesterday 14:00Z`, -1h' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l before -d 'Only records before a time' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -s n -l limit -d 'Stop after so many records' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l rate -d 'Records a second at most' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l byte-rate -d 'Bytes of records a second at most, 10MB for instance' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l state -d 'Keep in this file how far it is, and go on from there' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -s g -l group -d 'Commit how far it is as this group, and go on from there' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -s z -l compression -d 'none, gzip, snappy, lz4, zstd' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l keep-partition -d 'Keep the partition that a record has in the dead-letter topic, instead of choosing it by key'
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l dry-run -d 'Count what would be sent, send nothing'
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand redrive" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -f -a "list" -d 'List groups with state and coordinator'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -f -a "describe" -d 'Show where a group stands in each partition, and its members'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -f -a "reset-offsets" -d 'Move where a group stands; shows the plan, needs --execute to change anything'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -f -a "undo-reset" -d 'Put a group back to where it stood before a reset'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -f -a "clone" -d 'Give a group what another one has committed'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -f -a "delete" -d 'Delete groups without members'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -f -a "delete-offsets" -d 'Delete what a group has committed for topics'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and not __fish_seen_subcommand_from list describe reset-offsets undo-reset clone delete delete-offsets help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -l state -d 'Only groups in these states: Stable, Empty, …' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -l type -d 'Only groups of these types: classic, consumer, …' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -l members -d 'Show members instead of partitions'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l topic -d 'TOPIC, or TOPIC:0,1,2; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l to-offset -d 'To one offset in every partition' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l shift-by -d 'Forward by so many records, back when negative' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l to-datetime -d 'To the first record at or after a time; without zone it is UTC' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l by-duration -d 'To the first record of the last so long: 2h, or ISO 8601 such as P1DT2H' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l from-file -d 'To the offsets of a file: TOPIC,PARTITION,OFFSET lines' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l backup -d 'Where the way back is written before anything is moved [default: a new file here, or in LOGBUS_UNDO_DIR]' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l all-topics -d 'All topics that the group has committed'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l to-earliest -d 'To the first record kept'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l to-latest -d 'To the end'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l to-current -d 'To where it stands; for --export'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l dry-run -d 'Show what would be done; this is the default'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l execute -d 'Do it'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l export -d 'Print the plan as lines that --from-file reads'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from reset-offsets" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -l backup -d 'Where the way back is written [default: a new file here, or in LOGBUS_UNDO_DIR]' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -l execute -d 'Do it'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -l dry-run -d 'Show what would be done; this is the default'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from undo-reset" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -l topic -d 'TOPIC, or TOPIC:0,1,2; all that FROM has committed without it; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -l backup -d 'Where the way back is written [default: a new file here, or in LOGBUS_UNDO_DIR]' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -l execute -d 'Do it'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -l dry-run -d 'Show what would be done; this is the default'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from clone" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Delete; without it, show what would be deleted'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete-offsets" -l topic -d 'TOPIC, or TOPIC:0,1,2; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete-offsets" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete-offsets" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete-offsets" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete-offsets" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete-offsets" -s y -l yes -d 'Delete; without it, show what would be deleted'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete-offsets" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from delete-offsets" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from help" -f -a "list" -d 'List groups with state and coordinator'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show where a group stands in each partition, and its members'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from help" -f -a "reset-offsets" -d 'Move where a group stands; shows the plan, needs --execute to change anything'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from help" -f -a "undo-reset" -d 'Put a group back to where it stood before a reset'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from help" -f -a "clone" -d 'Give a group what another one has committed'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete groups without members'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from help" -f -a "delete-offsets" -d 'Delete what a group has committed for topics'
complete -c logbus -n "__fish_logbus_using_subcommand groups; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand lag" -l sample -d 'How long to watch the groups read; 0 leaves out OUT/S and what follows from it' -r
complete -c logbus -n "__fish_logbus_using_subcommand lag" -l max -d 'Exit with 5 when a lag is above so many records' -r
complete -c logbus -n "__fish_logbus_using_subcommand lag" -l max-time -d 'Exit with 5 when a lag is above so much time' -r
complete -c logbus -n "__fish_logbus_using_subcommand lag" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand lag" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand lag" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand lag" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand lag" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand lag" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand lag" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand lag" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand lag" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand lag" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand lag" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand export" -l only -d 'Only these parts [default: all that the cluster serves]' -r -f -a "topics\t''
configs\t''
quotas\t''
users\t''"
complete -c logbus -n "__fish_logbus_using_subcommand export" -l topic -d 'Only this topic, and no other part; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand export" -l out -d 'Write to a file; `-` is stdout' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand export" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand export" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand export" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand export" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand export" -l internal -d 'The cluster\'s own topics too'
complete -c logbus -n "__fish_logbus_using_subcommand export" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand export" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand plan" -s f -l file -d 'The file, YAML or JSON; `-` is stdin' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand plan" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand plan" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand plan" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand plan" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand plan" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand plan" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand plan" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand plan" -l prune -d 'Delete topics that begin as `owns` says and are not in the file, and settings, quotas and users that the parts of the file do not name'
complete -c logbus -n "__fish_logbus_using_subcommand plan" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand plan" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand apply" -s f -l file -d 'The file, YAML or JSON; `-` is stdin' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand apply" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand apply" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand apply" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand apply" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand apply" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand apply" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand apply" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand apply" -l prune -d 'Delete topics that begin as `owns` says and are not in the file, and settings, quotas and users that the parts of the file do not name'
complete -c logbus -n "__fish_logbus_using_subcommand apply" -l dry-run -d 'Ask what would be done, change nothing'
complete -c logbus -n "__fish_logbus_using_subcommand apply" -s y -l yes -d 'Delete what --prune finds; without it, nothing is changed when there is something to delete'
complete -c logbus -n "__fish_logbus_using_subcommand apply" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand apply" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand health" -l offline -d 'Partitions without leader that are too many' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l under-replicated -d 'Under-replicated partitions that are too many' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l under-min-isr -d 'Partitions below min.insync.replicas that are too many' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l lag -d 'Records that a group is behind on a topic that are too many' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l lag-warn -d 'Records behind that are worth a warning' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l p99 -d 'Time of a request, 99th percentile, that is too long' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l isr-changes -d 'Changes of ISRs a minute that are too many' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l disk -d 'Percent of a disk in use that is too much' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l network-use -d 'Percent of the network in use that is too much' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l network -d 'What the network of a broker carries in a second, 125MB for instance' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l sample -d 'How long to watch ISRs, requests and traffic; 0 leaves out what needs time' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand health" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand health" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand health" -l strict -d 'Let warnings fail too'
complete -c logbus -n "__fish_logbus_using_subcommand health" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand health" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand wait" -l until -d 'What to wait for; see below' -r
complete -c logbus -n "__fish_logbus_using_subcommand wait" -l interval -d 'Time between two looks' -r
complete -c logbus -n "__fish_logbus_using_subcommand wait" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand wait" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand wait" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand wait" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand wait" -s q -l quiet -d 'Say nothing when it holds'
complete -c logbus -n "__fish_logbus_using_subcommand wait" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand wait" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand top" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand top" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand top" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand top" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand top" -s i -l interval -d 'Time between samples' -r
complete -c logbus -n "__fish_logbus_using_subcommand top" -s s -l screen -d 'The tab to begin with' -r -f -a "overview\t''
topics\t''
partitions\t''
groups\t''
brokers\t''"
complete -c logbus -n "__fish_logbus_using_subcommand top" -l size -d 'Width and height of that frame [default: the terminal\'s, else 80x24]' -r
complete -c logbus -n "__fish_logbus_using_subcommand top" -l once -d 'Print one frame as text and exit'
complete -c logbus -n "__fish_logbus_using_subcommand top" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand top" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and not __fish_seen_subcommand_from get help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and not __fish_seen_subcommand_from get help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and not __fish_seen_subcommand_from get help" -f -a "get" -d 'Look up the ends of partitions, or offsets by time'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and not __fish_seen_subcommand_from get help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -s p -l partitions -d 'Only these partitions' -r
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -l at -d 'earliest, latest, max-timestamp, earliest-local, latest-tiered, earliest-pending-upload, or a time such as `yesterday 14:00Z` or -1h' -r
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -l read-committed -d 'End at the last stable offset'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from get" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from help" -f -a "get" -d 'Look up the ends of partitions, or offsets by time'
complete -c logbus -n "__fish_logbus_using_subcommand offsets; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and not __fish_seen_subcommand_from describe set unset help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and not __fish_seen_subcommand_from describe set unset help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and not __fish_seen_subcommand_from describe set unset help" -f -a "describe" -d 'Show settings and where their values come from'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and not __fish_seen_subcommand_from describe set unset help" -f -a "set" -d 'Change settings'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and not __fish_seen_subcommand_from describe set unset help" -f -a "unset" -d 'Let settings fall back to the next place'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and not __fish_seen_subcommand_from describe set unset help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l topic -d 'Settings of a topic' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l broker -d 'Settings of one broker' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l group -d 'Settings of a group' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l broker-logger -d 'Levels of one broker\'s loggers' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l client-metrics -d 'Settings of a subscription of client metrics' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l all-brokers -d 'Settings of all brokers'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -s a -l all -d 'Show defaults too'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -l topic -d 'Settings of a topic' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -l broker -d 'Settings of one broker' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -l group -d 'Settings of a group' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -l broker-logger -d 'Levels of one broker\'s loggers' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -l client-metrics -d 'Settings of a subscription of client metrics' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -l all-brokers -d 'Settings of all brokers'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -l dry-run -d 'Ask whether it could be done, change nothing'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -l topic -d 'Settings of a topic' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -l broker -d 'Settings of one broker' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -l group -d 'Settings of a group' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -l broker-logger -d 'Levels of one broker\'s loggers' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -l client-metrics -d 'Settings of a subscription of client metrics' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -l all-brokers -d 'Settings of all brokers'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -l dry-run -d 'Ask whether it could be done, change nothing'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from unset" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show settings and where their values come from'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change settings'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from help" -f -a "unset" -d 'Let settings fall back to the next place'
complete -c logbus -n "__fish_logbus_using_subcommand configs; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and not __fish_seen_subcommand_from list describe set unset help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and not __fish_seen_subcommand_from list describe set unset help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and not __fish_seen_subcommand_from list describe set unset help" -f -a "list" -d 'List quotas and who they are for'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and not __fish_seen_subcommand_from list describe set unset help" -f -a "describe" -d 'Show the quotas of one user, client or address'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and not __fish_seen_subcommand_from list describe set unset help" -f -a "set" -d 'Set quotas'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and not __fish_seen_subcommand_from list describe set unset help" -f -a "unset" -d 'Take quotas away'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and not __fish_seen_subcommand_from list describe set unset help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l user -d 'A user' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l client-id -d 'Clients with this client.id' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l ip -d 'Connections from this address' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l default-user -d 'Every user without a quota of the name\'s own'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l default-client -d 'Every client without a quota of the id\'s own'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l default-ip -d 'Every address without a quota of its own'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -l user -d 'A user' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -l client-id -d 'Clients with this client.id' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -l ip -d 'Connections from this address' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -l default-user -d 'Every user without a quota of the name\'s own'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -l default-client -d 'Every client without a quota of the id\'s own'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -l default-ip -d 'Every address without a quota of its own'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -l dry-run -d 'Ask whether it could be done, change nothing'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -l user -d 'A user' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -l client-id -d 'Clients with this client.id' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -l ip -d 'Connections from this address' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -l default-user -d 'Every user without a quota of the name\'s own'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -l default-client -d 'Every client without a quota of the id\'s own'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -l default-ip -d 'Every address without a quota of its own'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -l dry-run -d 'Ask whether it could be done, change nothing'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from unset" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from help" -f -a "list" -d 'List quotas and who they are for'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show the quotas of one user, client or address'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from help" -f -a "set" -d 'Set quotas'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from help" -f -a "unset" -d 'Take quotas away'
complete -c logbus -n "__fish_logbus_using_subcommand quotas; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand users; and not __fish_seen_subcommand_from list set-scram delete-scram help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand users; and not __fish_seen_subcommand_from list set-scram delete-scram help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand users; and not __fish_seen_subcommand_from list set-scram delete-scram help" -f -a "list" -d 'List users and their credentials'
complete -c logbus -n "__fish_logbus_using_subcommand users; and not __fish_seen_subcommand_from list set-scram delete-scram help" -f -a "set-scram" -d 'Give a user a password'
complete -c logbus -n "__fish_logbus_using_subcommand users; and not __fish_seen_subcommand_from list set-scram delete-scram help" -f -a "delete-scram" -d 'Take a user\'s password away'
complete -c logbus -n "__fish_logbus_using_subcommand users; and not __fish_seen_subcommand_from list set-scram delete-scram help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from set-scram" -s m -l mechanism -d 'How the password is used' -r -f -a "sha-256\t'SCRAM-SHA-256'
sha-512\t'SCRAM-SHA-512'"
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from set-scram" -l iterations -d 'What it shall cost to guess the password' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from set-scram" -l password-file -d 'The file whose first line is the password; stdin without it' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from set-scram" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from set-scram" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from set-scram" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from set-scram" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from set-scram" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from set-scram" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from delete-scram" -s m -l mechanism -d 'Which of the user\'s passwords' -r -f -a "sha-256\t'SCRAM-SHA-256'
sha-512\t'SCRAM-SHA-512'"
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from delete-scram" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from delete-scram" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from delete-scram" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from delete-scram" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from delete-scram" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from delete-scram" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "list" -d 'List users and their credentials'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "set-scram" -d 'Give a user a password'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "delete-scram" -d 'Take a user\'s password away'
complete -c logbus -n "__fish_logbus_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -f -a "list" -d 'List brokers with what they lead and hold'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -f -a "api-versions" -d 'Show the requests and versions that brokers speak'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -f -a "describe" -d 'Show one broker: where it is, what it holds, what is wrong with it'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -f -a "log-dirs" -d 'Show log directories: their disks, their replicas, and which are offline'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -f -a "can-restart" -d 'Say whether a broker can be restarted without anybody noticing; exit code 5 if not'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -f -a "drain" -d 'Take every replica off a broker'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -f -a "rebalance" -d 'Even out replicas and bytes over all brokers'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -f -a "throttle" -d 'Hold replication traffic to a rate'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and not __fish_seen_subcommand_from list api-versions describe log-dirs can-restart drain rebalance throttle help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from api-versions" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from log-dirs" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from can-restart" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l throttle -d 'Bytes a second between brokers, 50MB for instance; slowed down while other replicas fall behind' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l undo -d 'Where to write the way back, as a plan that `apply` and Kafka\'s tool take' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l execute -d 'Move; without it, show what would be moved'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l dry-run -d 'Show what would be moved, as without --execute'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l no-wait -d 'Start the moves and come back at once; `logbus partitions reassign status` takes the throttle off at the end'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l wait -d 'Wait until everything is where it shall be; what happens without it too'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from drain" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l tolerance -d 'How far a broker\'s bytes may be from the mean, in percent' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l throttle -d 'Bytes a second between brokers, 50MB for instance; slowed down while other replicas fall behind' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l undo -d 'Where to write the way back, as a plan that `apply` and Kafka\'s tool take' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l leaders -d 'Even out preferred leaders too, by the order of replicas: that copies nothing'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l execute -d 'Move; without it, show what would be moved'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l dry-run -d 'Show what would be moved, as without --execute'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l no-wait -d 'Start the moves and come back at once; `logbus partitions reassign status` takes the throttle off at the end'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l wait -d 'Wait until everything is where it shall be; what happens without it too'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from rebalance" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -l rate -d 'Bytes a second that each broker sends, and that each takes, 50MB for instance' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -l broker -d 'Only this broker; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -l topic -d 'Only this topic; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -l clear -d 'Take every rate off, those of moves too'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from throttle" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from help" -f -a "list" -d 'List brokers with what they lead and hold'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from help" -f -a "api-versions" -d 'Show the requests and versions that brokers speak'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show one broker: where it is, what it holds, what is wrong with it'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from help" -f -a "log-dirs" -d 'Show log directories: their disks, their replicas, and which are offline'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from help" -f -a "can-restart" -d 'Say whether a broker can be restarted without anybody noticing; exit code 5 if not'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from help" -f -a "drain" -d 'Take every replica off a broker'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from help" -f -a "rebalance" -d 'Even out replicas and bytes over all brokers'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from help" -f -a "throttle" -d 'Hold replication traffic to a rate'
complete -c logbus -n "__fish_logbus_using_subcommand brokers; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and not __fish_seen_subcommand_from list add remove help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and not __fish_seen_subcommand_from list add remove help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and not __fish_seen_subcommand_from list add remove help" -f -a "list" -d 'List who may do what'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and not __fish_seen_subcommand_from list add remove help" -f -a "add" -d 'Allow or deny somebody something'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and not __fish_seen_subcommand_from list add remove help" -f -a "remove" -d 'Remove entries; shows them, needs --yes to change anything'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and not __fish_seen_subcommand_from list add remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l topic -d 'A topic; \'*\' for all; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l group -d 'A group; \'*\' for all; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l transactional-id -d 'A transactional id; \'*\' for all; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l token -d 'A delegation token, by id; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l user -d 'A user for whom others make tokens, User:name; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l principal -d 'Only what is said of these principals, User:name' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l bootstrap-controller -d 'Controllers to ask instead of brokers, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l cluster -d 'The cluster as a whole'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l applying -d 'Whatever applies to the names: entries of their very name, of a beginning of it, and of \'*\''
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l topic -d 'A topic; \'*\' for all; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l group -d 'A group; \'*\' for all; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l transactional-id -d 'A transactional id; \'*\' for all; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l token -d 'A delegation token, by id; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l user -d 'A user for whom others make tokens, User:name; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l allow -d 'Who may, User:name; User:* is everybody; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l deny -d 'Who may not, whatever else allows it; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l host -d 'From which addresses; all without it' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l operation -d 'What: read, write, describe, …; all without it' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l bootstrap-controller -d 'Controllers to ask instead of brokers, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l cluster -d 'The cluster as a whole'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l prefixed -d 'The names are beginnings of names'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l producer -d 'What a producer needs on the topics and transactional ids'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l consumer -d 'What a consumer needs on the topics and groups'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l idempotent -d 'With --producer: idempotence without a transactional id'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l topic -d 'A topic; \'*\' for all; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l group -d 'A group; \'*\' for all; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l transactional-id -d 'A transactional id; \'*\' for all; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l token -d 'A delegation token, by id; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l user -d 'A user for whom others make tokens, User:name; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l principal -d 'Only what is said of this principal, User:name' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l host -d 'Only what is said of this address' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l operation -d 'Only this operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l bootstrap-controller -d 'Controllers to ask instead of brokers, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l cluster -d 'The cluster as a whole'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l prefixed -d 'Entries of names that are beginnings of names'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l denying -d 'Only what denies'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Remove; without it, show what would be removed'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from help" -f -a "list" -d 'List who may do what'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from help" -f -a "add" -d 'Allow or deny somebody something'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove entries; shows them, needs --yes to change anything'
complete -c logbus -n "__fish_logbus_using_subcommand acls; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and not __fish_seen_subcommand_from list create renew expire help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and not __fish_seen_subcommand_from list create renew expire help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and not __fish_seen_subcommand_from list create renew expire help" -f -a "list" -d 'List the tokens that one may see'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and not __fish_seen_subcommand_from list create renew expire help" -f -a "create" -d 'Make a token'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and not __fish_seen_subcommand_from list create renew expire help" -f -a "renew" -d 'Let a token live longer'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and not __fish_seen_subcommand_from list create renew expire help" -f -a "expire" -d 'Let a token expire; at once if no time is given'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and not __fish_seen_subcommand_from list create renew expire help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -l owner -d 'Only those of these owners, User:name' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -l owner -d 'For whom, User:name; without it for the user who asks' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -l renewer -d 'Who may renew it beside the owner, User:name; may be repeated' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -l max-life -d 'How long it lives at most; without it as long as the brokers let it' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from create" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from renew" -l for -d 'For how long; without it as long as the brokers let it' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from renew" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from renew" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from renew" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from renew" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from renew" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from renew" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from expire" -l after -d 'After how long' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from expire" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from expire" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from expire" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from expire" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from expire" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from expire" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the tokens that one may see'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a token'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from help" -f -a "renew" -d 'Let a token live longer'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from help" -f -a "expire" -d 'Let a token expire; at once if no time is given'
complete -c logbus -n "__fish_logbus_using_subcommand tokens; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and not __fish_seen_subcommand_from elect move-dir reassign help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and not __fish_seen_subcommand_from elect move-dir reassign help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and not __fish_seen_subcommand_from elect move-dir reassign help" -f -a "elect" -d 'Elect leaders: the preferred replicas, or any that are left'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and not __fish_seen_subcommand_from elect move-dir reassign help" -f -a "move-dir" -d 'Move replicas to another log directory of their broker'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and not __fish_seen_subcommand_from elect move-dir reassign help" -f -a "reassign" -d 'Move replicas between brokers'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and not __fish_seen_subcommand_from elect move-dir reassign help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -l all -d 'Every partition that needs an election of that kind'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -l unclean -d 'Take any replica that is alive where none in sync is left: records that only the others have are lost'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -l yes -d 'Confirm --unclean'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from elect" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -l broker -d 'The broker whose replicas move' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -l to -d 'The directory that they move to, as `logbus brokers log-dirs` shows it' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from move-dir" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from reassign" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from reassign" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from reassign" -f -a "plan" -d 'Show which replicas would move, and write it down; moves nothing'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from reassign" -f -a "apply" -d 'Move replicas as a plan says'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from reassign" -f -a "status" -d 'Show how far moves are; take the throttle off when they are done'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from reassign" -f -a "cancel" -d 'Stop moves: replicas stay where they were'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from reassign" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from help" -f -a "elect" -d 'Elect leaders: the preferred replicas, or any that are left'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from help" -f -a "move-dir" -d 'Move replicas to another log directory of their broker'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from help" -f -a "reassign" -d 'Move replicas between brokers'
complete -c logbus -n "__fish_logbus_using_subcommand partitions; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and not __fish_seen_subcommand_from list describe find-hanging abort help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and not __fish_seen_subcommand_from list describe find-hanging abort help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and not __fish_seen_subcommand_from list describe find-hanging abort help" -f -a "list" -d 'List transactional ids with their state'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and not __fish_seen_subcommand_from list describe find-hanging abort help" -f -a "describe" -d 'Show the state of transactional ids and the partitions they write to'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and not __fish_seen_subcommand_from list describe find-hanging abort help" -f -a "find-hanging" -d 'Find transactions that no coordinator will end'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and not __fish_seen_subcommand_from list describe find-hanging abort help" -f -a "abort" -d 'End an open transaction; shows it, needs --yes to change anything'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and not __fish_seen_subcommand_from list describe find-hanging abort help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -l state -d 'Only those in these states: Ongoing, PrepareCommit, CompleteAbort, …' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -l longer-than -d 'Only those whose transaction is open for longer than this' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -l pattern -d 'Only those that match this regular expression' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l topic -d 'Only in these topics; in all without it' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l broker -d 'Only in the replicas of this broker' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l older-than -d 'How long a transaction may be open, as the longest transaction.timeout.ms of the producers' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l start-offset -d 'Where the transaction begins in the partition' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l transactional-id -d 'The transactional id' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from abort" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from abort" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from abort" -s y -l yes -d 'End it; without it, show what would be ended'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from abort" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from abort" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from help" -f -a "list" -d 'List transactional ids with their state'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show the state of transactional ids and the partitions they write to'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from help" -f -a "find-hanging" -d 'Find transactions that no coordinator will end'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from help" -f -a "abort" -d 'End an open transaction; shows it, needs --yes to change anything'
complete -c logbus -n "__fish_logbus_using_subcommand transactions; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand producers; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand producers; and not __fish_seen_subcommand_from list help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand producers; and not __fish_seen_subcommand_from list help" -f -a "list" -d 'List the producers that the partitions of a topic remember'
complete -c logbus -n "__fish_logbus_using_subcommand producers; and not __fish_seen_subcommand_from list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -s p -l partition -d 'Only these partitions' -r
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -l broker -d 'Ask the replicas on this broker, not the leaders' -r
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the producers that the partitions of a topic remember'
complete -c logbus -n "__fish_logbus_using_subcommand producers; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand report; and not __fish_seen_subcommand_from stale capacity help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand report; and not __fish_seen_subcommand_from stale capacity help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand report; and not __fish_seen_subcommand_from stale capacity help" -f -a "stale" -d 'Show topics and groups that nobody seems to use'
complete -c logbus -n "__fish_logbus_using_subcommand report; and not __fish_seen_subcommand_from stale capacity help" -f -a "capacity" -d 'Show what topics need of disks and networks'
complete -c logbus -n "__fish_logbus_using_subcommand report; and not __fish_seen_subcommand_from stale capacity help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -l older-than -d 'How long no record came to a topic' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -l script -d 'Write a shell script that deletes what was found' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from stale" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l window -d 'Over which time rates are measured' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l growth -d 'As if so many times as much came' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l rate -d 'Records a second of a topic that is only thought of' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l record-size -d 'Bytes of one of its records, as compressed as they will be' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l retention -d 'How long it keeps them' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -s r -l replication-factor -d 'Replicas of each of its partitions' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l readers -d 'How many groups read it' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from capacity" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from help" -f -a "stale" -d 'Show topics and groups that nobody seems to use'
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from help" -f -a "capacity" -d 'Show what topics need of disks and networks'
complete -c logbus -n "__fish_logbus_using_subcommand report; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand isr" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand isr" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand isr" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand isr" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand isr" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand isr" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand isr" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand isr" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand isr" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand isr" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand isr" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and not __fish_seen_subcommand_from describe add remove help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and not __fish_seen_subcommand_from describe add remove help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and not __fish_seen_subcommand_from describe add remove help" -f -a "describe" -d 'Show who keeps the metadata log, who leads, and who is behind'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and not __fish_seen_subcommand_from describe add remove help" -f -a "add" -d 'Give a controller a vote'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and not __fish_seen_subcommand_from describe add remove help" -f -a "remove" -d 'Take the vote from a controller'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and not __fish_seen_subcommand_from describe add remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -l bootstrap-controller -d 'Controllers to ask instead of brokers, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from add" -s c -l config -d 'The new controller\'s own server.properties, on the machine where its data directories are' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from add" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from add" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from add" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from add" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from add" -l bootstrap-controller -d 'Controllers to ask instead of brokers, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from add" -l execute -d 'Do it; without this only says what would be done'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from remove" -s d -l directory-id -d 'The id of its metadata directory; looked up without it' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from remove" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from remove" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from remove" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from remove" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from remove" -l bootstrap-controller -d 'Controllers to ask instead of brokers, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from remove" -l execute -d 'Do it; without this only says what would be done'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show who keeps the metadata log, who leads, and who is behind'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from help" -f -a "add" -d 'Give a controller a vote'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Take the vote from a controller'
complete -c logbus -n "__fish_logbus_using_subcommand quorum; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade help" -f -a "describe" -d 'Show what the cluster supports and what is switched on'
complete -c logbus -n "__fish_logbus_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade help" -f -a "upgrade" -d 'Raise features, to a release or one by one'
complete -c logbus -n "__fish_logbus_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade help" -f -a "downgrade" -d 'Lower features, to a release or one by one'
complete -c logbus -n "__fish_logbus_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -l bootstrap-controller -d 'Controllers to ask instead of brokers, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from describe" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l release -d 'All features to the levels of this release of Apache Kafka, 4.0 or 4.0-IV1' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from upgrade" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from upgrade" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l bootstrap-controller -d 'Controllers to ask instead of brokers, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l execute -d 'Do it; without this the cluster only says whether it would'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from upgrade" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from upgrade" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l release -d 'All features to the levels of this release of Apache Kafka, 4.0 or 4.0-IV1' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l bootstrap-controller -d 'Controllers to ask instead of brokers, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l unsafe -d 'Also where metadata is lost by it'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l execute -d 'Do it; without this the cluster only says whether it would'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from downgrade" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show what the cluster supports and what is switched on'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from help" -f -a "upgrade" -d 'Raise features, to a release or one by one'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from help" -f -a "downgrade" -d 'Lower features, to a release or one by one'
complete -c logbus -n "__fish_logbus_using_subcommand features; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -l topic -d 'A topic to read a record from' -r
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -l write -d 'Write a record to that topic, too'
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and not __fish_seen_subcommand_from create use list show delete import help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and not __fish_seen_subcommand_from create use list show delete import help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and not __fish_seen_subcommand_from create use list show delete import help" -f -a "create" -d 'Keep a way to reach a cluster under a name'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and not __fish_seen_subcommand_from create use list show delete import help" -f -a "use" -d 'Choose the profile for commands that name no cluster'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and not __fish_seen_subcommand_from create use list show delete import help" -f -a "list" -d 'List profiles'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and not __fish_seen_subcommand_from create use list show delete import help" -f -a "show" -d 'Show a profile\'s settings, without its secrets'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and not __fish_seen_subcommand_from create use list show delete import help" -f -a "delete" -d 'Delete profiles'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and not __fish_seen_subcommand_from create use list show delete import help" -f -a "import" -d 'Make a profile of a file with Java client properties'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and not __fish_seen_subcommand_from create use list show delete import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from create" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from create" -l command-config -d 'Java client properties to take over' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from create" -l set -d 'A setting of Java\'s client' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from create" -l protect -d 'Refuse to delete, trim or reset topics and groups that match, such as \'prod-*\'' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from create" -l read-only -d 'Refuse every command that changes something'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from create" -l force -d 'Replace a profile of this name'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from create" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from use" -l none -d 'Use none'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from use" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from show" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from show" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from show" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from show" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from delete" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from import" -l name -d 'The name [default: that of the file]' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from import" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from import" -l protect -d 'Refuse to delete, trim or reset topics and groups that match, such as \'prod-*\'' -r
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from import" -l read-only -d 'Refuse every command that changes something'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from import" -l force -d 'Replace a profile of this name'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from import" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from help" -f -a "create" -d 'Keep a way to reach a cluster under a name'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from help" -f -a "use" -d 'Choose the profile for commands that name no cluster'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from help" -f -a "list" -d 'List profiles'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a profile\'s settings, without its secrets'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete profiles'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from help" -f -a "import" -d 'Make a profile of a file with Java client properties'
complete -c logbus -n "__fish_logbus_using_subcommand profiles; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand links; and not __fish_seen_subcommand_from install list remove help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand links; and not __fish_seen_subcommand_from install list remove help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand links; and not __fish_seen_subcommand_from install list remove help" -f -a "install" -d 'Put a link to this program under the name of every Kafka tool, with and without .sh'
complete -c logbus -n "__fish_logbus_using_subcommand links; and not __fish_seen_subcommand_from install list remove help" -f -a "list" -d 'Show which names of Kafka tools lead to this program'
complete -c logbus -n "__fish_logbus_using_subcommand links; and not __fish_seen_subcommand_from install list remove help" -f -a "remove" -d 'Remove the links to this program'
complete -c logbus -n "__fish_logbus_using_subcommand links; and not __fish_seen_subcommand_from install list remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from install" -l dry-run -d 'Show what would be done'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from install" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from list" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from list" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from list" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from remove" -l dry-run -d 'Show what would be done'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from help" -f -a "install" -d 'Put a link to this program under the name of every Kafka tool, with and without .sh'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show which names of Kafka tools lead to this program'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove the links to this program'
complete -c logbus -n "__fish_logbus_using_subcommand links; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -l from-offset -d 'Show nothing before this offset' -r
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -l to-offset -d 'Show nothing after this offset' -r
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -l decode -d 'How to read keys and values; `auto` goes by the name of the directory' -r -f -a "auto\t'By the name of the directory: the cluster\'s own topics by their records, others as text'
text\t'UTF-8'
offsets\t'Records of `__consumer_offsets`'
transactions\t'Records of `__transaction_state`'
metadata\t'Records of `__cluster_metadata`'"
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -s o -l output -d 'The form of the answer' -r -f -a "text\t'Lines and tables for people'
json\t'One JSON document a line'"
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -s p -l print-data-log -l records -d 'Show every record with key and value'
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -l deep-iteration -d 'Show every record, without key and value'
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -l offsets-decoder -d 'The same as `--decode offsets --print-data-log`'
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -l transaction-log-decoder -d 'The same as `--decode transactions --print-data-log`'
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -l cluster-metadata-decoder -d 'The same as `--decode metadata --print-data-log`'
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -l verify-index-only -d 'Only check indexes against their logs'
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -l index-sanity-check -d 'Only make the check on indexes that a broker makes at start-up'
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand dump-log" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and not __fish_seen_subcommand_from shell help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and not __fish_seen_subcommand_from shell help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and not __fish_seen_subcommand_from shell help" -f -a "shell" -d 'Walk the state that a metadata log or snapshot holds, without a broker'
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and not __fish_seen_subcommand_from shell help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and __fish_seen_subcommand_from shell" -s s -l snapshot -d 'A .log or .checkpoint file of __cluster_metadata-0, of logbus or of Apache Kafka' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and __fish_seen_subcommand_from shell" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and __fish_seen_subcommand_from shell" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and __fish_seen_subcommand_from shell" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and __fish_seen_subcommand_from shell" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and __fish_seen_subcommand_from shell" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and __fish_seen_subcommand_from shell" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and __fish_seen_subcommand_from help" -f -a "shell" -d 'Walk the state that a metadata log or snapshot holds, without a broker'
complete -c logbus -n "__fish_logbus_using_subcommand metadata; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and not __fish_seen_subcommand_from random-uuid format info help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and not __fish_seen_subcommand_from random-uuid format info help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and not __fish_seen_subcommand_from random-uuid format info help" -f -a "random-uuid" -d 'Print a fresh id for a cluster'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and not __fish_seen_subcommand_from random-uuid format info help" -f -a "format" -d 'Prepare data directories for a node'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and not __fish_seen_subcommand_from random-uuid format info help" -f -a "info" -d 'Show whose the files in data directories are'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and not __fish_seen_subcommand_from random-uuid format info help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from random-uuid" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from random-uuid" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from format" -s c -l config -d 'Kafka\'s server.properties: log.dirs, metadata.log.dir and node.id are taken from it' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from format" -l data-dir -d 'Data directory, when there is no file' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from format" -l node-id -d 'The node\'s id, when there is no file' -r
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from format" -s t -l cluster-id -d 'The cluster\'s id, as `logbus storage random-uuid` prints them; a fresh one without it' -r
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from format" -s g -l ignore-formatted -d 'Leave directories alone that are formatted for this node and cluster'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from format" -s N -l no-initial-controllers -d 'Join a quorum that exists instead of being a quorum of one'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from format" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from format" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from info" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from info" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from info" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from info" -l watch -d 'Show the answer again every so often, until Ctrl-C [default interval: 2s]' -r
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from info" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from info" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from help" -f -a "random-uuid" -d 'Print a fresh id for a cluster'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from help" -f -a "format" -d 'Prepare data directories for a node'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from help" -f -a "info" -d 'Show whose the files in data directories are'
complete -c logbus -n "__fish_logbus_using_subcommand storage; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -f -a "produce" -d 'How fast the cluster takes records'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -f -a "consume" -d 'How fast the cluster gives records'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -f -a "latency" -d 'How long a record takes at a fixed rate, to its acknowledgement and to a consumer'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -f -a "connections" -d 'What idle connections cost a broker'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -f -a "partitions" -d 'What idle partitions cost a broker'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -f -a "floor" -d 'What the kernel alone takes for a gigabyte in and out'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -f -a "null-broker" -d 'A broker that answers at once and stores nothing, to measure clients against'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency connections partitions floor null-broker help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -s n -l records -d 'Records in all' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l duration -d 'Stop after this time, whatever was sent' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -s s -l size -d 'Bytes of a value' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l batch-records -d 'Records of a batch, which is a request' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -s z -l compression -d 'none, gzip, snappy, lz4, zstd' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l acks -d 'all, 1 or 0' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l in-flight -d 'Requests under way at once on one connection' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l connections -d 'Connections, each with a thread of its own' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l rate -d 'Records a second in all; latency then counts from when a request was due. As fast as it goes without it' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l broker-pid -d 'The broker\'s process, on this machine: tells what the broker spent' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from produce" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -s n -l records -d 'Stop after so many records; where the log ends now without it' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -l partition-bytes -d 'Bytes of one partition in one answer' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -l connections -d 'Connections at most, each with a thread and partitions of its own' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -l broker-pid -d 'The broker\'s process, on this machine: tells what the broker spent' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from consume" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l rate -d 'Records a second' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l duration -d 'How long to send' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -s s -l size -d 'Bytes of a value' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l acks -d 'all or 1' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l broker-pid -d 'The broker\'s process, on this machine: tells what the broker spent' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l ack-only -d 'Do not read the records back'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from latency" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -l hold -d 'How long to hold them' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -l broker-pid -d 'The broker\'s process, on this machine: tells what the broker spent' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from connections" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l topics -d 'Topics that they belong to' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l prefix -d 'What the topics\' names begin with; a number follows' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l replication-factor -d 'Replicas of each' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l hold -d 'How long to watch the idle broker afterwards' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l broker-pid -d 'The broker\'s process, on this machine: tells what the broker spent' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -s b -l bootstrap-server -d 'Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -s C -l profile -d 'A profile of `logbus profiles` [env: LOGBUS_PROFILE]' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l command-config -d 'Java client properties' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l timeout -d 'Longest time for the whole operation' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l keep -d 'Leave the topics there'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from partitions" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from floor" -l bytes -d 'Bytes each way' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from floor" -l dir -d 'Where the file goes: the disk that the broker\'s log would be on' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from floor" -s o -l output -d 'Form of the answer' -r -f -a "table\t'A table for a person'
wide\t'The table with more columns'
json\t'One JSON document with a schema version'
yaml\t'The same document as YAML'
csv\t'All columns as comma-separated values: bytes, seconds and RFC 3339 times'
name\t'Names only, one a line'"
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from floor" -l columns -d 'Only these columns of the table, in this order: topic,size' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from floor" -l sort -d 'Order the rows by a column; size:desc has the largest first' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from floor" -l no-headers -d 'Leave out the line of column names'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from floor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from floor" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from null-broker" -l listener -d 'Where to listen; clients are told the same address' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from null-broker" -l partitions -d 'Partitions of every topic' -r
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from null-broker" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from null-broker" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "produce" -d 'How fast the cluster takes records'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "consume" -d 'How fast the cluster gives records'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "latency" -d 'How long a record takes at a fixed rate, to its acknowledgement and to a consumer'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "connections" -d 'What idle connections cost a broker'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "partitions" -d 'What idle partitions cost a broker'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "floor" -d 'What the kernel alone takes for a gigabyte in and out'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "null-broker" -d 'A broker that answers at once and stores nothing, to measure clients against'
complete -c logbus -n "__fish_logbus_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -l seed -d 'The first seed' -r
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -l seeds -d 'How many seeds, from the first on' -r
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -l steps -d 'Faults in each seed' -r
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -l history -d 'Write what the clients of the last seed did and saw into this file, for `logbus sim check`' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -s o -l output -d 'Form of the answer' -r -f -a "text\t'Lines for a person'
json\t'One JSON document'"
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -l trace -d 'Print every event to standard error'
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -f -a "check" -d 'Look for lost, doubled, reordered and made-up records in what clients recorded'
complete -c logbus -n "__fish_logbus_using_subcommand sim; and not __fish_seen_subcommand_from check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand sim; and __fish_seen_subcommand_from check" -s o -l output -d 'Form of the answer' -r -f -a "text\t'Lines for a person'
json\t'One JSON document'"
complete -c logbus -n "__fish_logbus_using_subcommand sim; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c logbus -n "__fish_logbus_using_subcommand sim; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand sim; and __fish_seen_subcommand_from help" -f -a "check" -d 'Look for lost, doubled, reordered and made-up records in what clients recorded'
complete -c logbus -n "__fish_logbus_using_subcommand sim; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand completions" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand completions" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand man" -l dir -d 'Write every page into this directory' -r -F
complete -c logbus -n "__fish_logbus_using_subcommand man" -s h -l help -d 'Print help'
complete -c logbus -n "__fish_logbus_using_subcommand man" -s V -l version -d 'Print version'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "broker" -d 'Start a broker here'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "cluster" -d 'Run a cluster of several nodes on this machine'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "topics" -d 'List, describe, create, alter and delete topics'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "produce" -d 'Send lines as records'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "consume" -d 'Read records'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "copy" -d 'Copy records of a topic into another one, of this cluster or of another'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "redrive" -d 'Send records of a dead-letter topic back to where they came from'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "groups" -d 'List and describe consumer groups, move where they stand, delete them'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "lag" -d 'Show who is behind, by how much, and until when'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "export" -d 'Write down what a cluster has, as a file that `plan` and `apply` read'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "plan" -d 'Show how a cluster differs from a file; exit code 5 if it does'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "apply" -d 'Make a cluster as a file says'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "health" -d 'Say whether the cluster is well; exit code 5 if not'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "wait" -d 'Wait until the cluster, a topic or a group is as it should be'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "top" -d 'Watch the cluster live'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "offsets" -d 'Look up the ends of partitions, and offsets by time'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "configs" -d 'Read and change settings of topics, brokers, loggers, groups and client metrics'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "quotas" -d 'List, describe and change quotas of users, clients and addresses'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "users" -d 'List who may log in by SCRAM, give and take passwords'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "brokers" -d 'List and describe brokers, drain, even out and throttle them, ask whether one can be restarted'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "acls" -d 'Show and change who may do what'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "tokens" -d 'Make, list, renew and expire delegation tokens'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "partitions" -d 'Move partitions between brokers, elect their leaders'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "transactions" -d 'List and describe transactions, find those that hang, end them'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "producers" -d 'Show the producers that partitions remember'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "report" -d 'Show what nobody uses any more, and what topics need of disks and networks'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "isr" -d 'Show which replicas are not in sync, how far behind, and why'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "quorum" -d 'Describe the metadata quorum, add and remove voters'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "features" -d 'Show and change the cluster\'s features'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "doctor" -d 'Say step by step whether and how a cluster is reached, and what is wrong'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "profiles" -d 'Keep ways to reach clusters under names, with what they forbid'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "links" -d 'Put this program under the names of Kafka\'s tools'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "dump-log" -d 'Show what is in segments, indexes, producer snapshots and checkpoints, without a broker'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "metadata" -d 'Walk the state that a metadata log holds, without a broker'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "storage" -d 'Format data directories and show what is in them'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "bench" -d 'Measure throughput and latency'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "sim" -d 'Run a whole cluster on simulated time, break it, and check that nothing is lost'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "completions" -d 'Print a completion script'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "man" -d 'Print a manual page'
complete -c logbus -n "__fish_logbus_using_subcommand help; and not __fish_seen_subcommand_from broker cluster topics produce consume copy redrive groups lag export plan apply health wait top offsets configs quotas users brokers acls tokens partitions transactions producers report isr quorum features doctor profiles links dump-log metadata storage bench sim completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "start" -d 'Make a cluster here, or start what is down of the one that is here'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "stop" -d 'Stop nodes by a controlled shutdown'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "kill" -d 'Kill nodes (SIGKILL), as a crash would'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "pause" -d 'Hold nodes (SIGSTOP), as a stall of the machine would'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "resume" -d 'Let held nodes go on (SIGCONT)'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from cluster" -f -a "status" -d 'Show which nodes run, where they listen and who leads'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "list" -d 'List topics with size and state'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "describe" -d 'Show partitions, settings and what is wrong'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "skew" -d 'Show hot partitions and hot keys'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "create" -d 'Create topics'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "alter" -d 'Add partitions to a topic, or change its replication factor'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "delete" -d 'Delete topics and their records'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from topics" -f -a "trim" -d 'Delete the oldest records of a topic, up to an offset or a time'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from groups" -f -a "list" -d 'List groups with state and coordinator'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from groups" -f -a "describe" -d 'Show where a group stands in each partition, and its members'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from groups" -f -a "reset-offsets" -d 'Move where a group stands; shows the plan, needs --execute to change anything'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from groups" -f -a "undo-reset" -d 'Put a group back to where it stood before a reset'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from groups" -f -a "clone" -d 'Give a group what another one has committed'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from groups" -f -a "delete" -d 'Delete groups without members'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from groups" -f -a "delete-offsets" -d 'Delete what a group has committed for topics'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from offsets" -f -a "get" -d 'Look up the ends of partitions, or offsets by time'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from configs" -f -a "describe" -d 'Show settings and where their values come from'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from configs" -f -a "set" -d 'Change settings'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from configs" -f -a "unset" -d 'Let settings fall back to the next place'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from quotas" -f -a "list" -d 'List quotas and who they are for'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from quotas" -f -a "describe" -d 'Show the quotas of one user, client or address'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from quotas" -f -a "set" -d 'Set quotas'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from quotas" -f -a "unset" -d 'Take quotas away'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "list" -d 'List users and their credentials'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "set-scram" -d 'Give a user a password'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "delete-scram" -d 'Take a user\'s password away'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from brokers" -f -a "list" -d 'List brokers with what they lead and hold'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from brokers" -f -a "api-versions" -d 'Show the requests and versions that brokers speak'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from brokers" -f -a "describe" -d 'Show one broker: where it is, what it holds, what is wrong with it'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from brokers" -f -a "log-dirs" -d 'Show log directories: their disks, their replicas, and which are offline'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from brokers" -f -a "can-restart" -d 'Say whether a broker can be restarted without anybody noticing; exit code 5 if not'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from brokers" -f -a "drain" -d 'Take every replica off a broker'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from brokers" -f -a "rebalance" -d 'Even out replicas and bytes over all brokers'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from brokers" -f -a "throttle" -d 'Hold replication traffic to a rate'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from acls" -f -a "list" -d 'List who may do what'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from acls" -f -a "add" -d 'Allow or deny somebody something'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from acls" -f -a "remove" -d 'Remove entries; shows them, needs --yes to change anything'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from tokens" -f -a "list" -d 'List the tokens that one may see'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from tokens" -f -a "create" -d 'Make a token'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from tokens" -f -a "renew" -d 'Let a token live longer'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from tokens" -f -a "expire" -d 'Let a token expire; at once if no time is given'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from partitions" -f -a "elect" -d 'Elect leaders: the preferred replicas, or any that are left'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from partitions" -f -a "move-dir" -d 'Move replicas to another log directory of their broker'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from partitions" -f -a "reassign" -d 'Move replicas between brokers'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from transactions" -f -a "list" -d 'List transactional ids with their state'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from transactions" -f -a "describe" -d 'Show the state of transactional ids and the partitions they write to'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from transactions" -f -a "find-hanging" -d 'Find transactions that no coordinator will end'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from transactions" -f -a "abort" -d 'End an open transaction; shows it, needs --yes to change anything'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from producers" -f -a "list" -d 'List the producers that the partitions of a topic remember'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from report" -f -a "stale" -d 'Show topics and groups that nobody seems to use'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from report" -f -a "capacity" -d 'Show what topics need of disks and networks'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from quorum" -f -a "describe" -d 'Show who keeps the metadata log, who leads, and who is behind'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from quorum" -f -a "add" -d 'Give a controller a vote'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from quorum" -f -a "remove" -d 'Take the vote from a controller'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from features" -f -a "describe" -d 'Show what the cluster supports and what is switched on'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from features" -f -a "upgrade" -d 'Raise features, to a release or one by one'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from features" -f -a "downgrade" -d 'Lower features, to a release or one by one'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from profiles" -f -a "create" -d 'Keep a way to reach a cluster under a name'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from profiles" -f -a "use" -d 'Choose the profile for commands that name no cluster'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from profiles" -f -a "list" -d 'List profiles'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from profiles" -f -a "show" -d 'Show a profile\'s settings, without its secrets'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from profiles" -f -a "delete" -d 'Delete profiles'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from profiles" -f -a "import" -d 'Make a profile of a file with Java client properties'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from links" -f -a "install" -d 'Put a link to this program under the name of every Kafka tool, with and without .sh'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from links" -f -a "list" -d 'Show which names of Kafka tools lead to this program'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from links" -f -a "remove" -d 'Remove the links to this program'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from metadata" -f -a "shell" -d 'Walk the state that a metadata log or snapshot holds, without a broker'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from storage" -f -a "random-uuid" -d 'Print a fresh id for a cluster'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from storage" -f -a "format" -d 'Prepare data directories for a node'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from storage" -f -a "info" -d 'Show whose the files in data directories are'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "produce" -d 'How fast the cluster takes records'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "consume" -d 'How fast the cluster gives records'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "latency" -d 'How long a record takes at a fixed rate, to its acknowledgement and to a consumer'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "connections" -d 'What idle connections cost a broker'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "partitions" -d 'What idle partitions cost a broker'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "floor" -d 'What the kernel alone takes for a gigabyte in and out'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "null-broker" -d 'A broker that answers at once and stores nothing, to measure clients against'
complete -c logbus -n "__fish_logbus_using_subcommand help; and __fish_seen_subcommand_from sim" -f -a "check" -d 'Look for lost, doubled, reordered and made-up records in what clients recorded'
