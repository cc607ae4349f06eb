//! The examples that `--help` and the manual pages show: one table, by command. A command whose own file has some shows
//! those. A test runs every line, on a small cluster where `clicks`, `orders` and the group `billing` are.

/// The examples of a command: lines as they are typed, a remark behind three blanks.
pub const EXAMPLES: &[(&str, &str)] = &[
    ("cluster describe", "logbus cluster describe\nlogbus cluster describe -o json"),
    (
        "cluster history",
        "logbus cluster history --metadata-dir logbus-cluster/node-1/data --topic clicks\n\
         logbus cluster history --metadata-dir logbus-cluster/node-1/data      when brokers came and went",
    ),
    ("cluster id", "logbus cluster id"),
    ("cluster stop", "logbus cluster stop 3\nlogbus cluster stop                              all of it"),
    ("cluster kill", "logbus cluster kill 2                            `logbus cluster start 2` brings it back"),
    ("cluster pause", "logbus cluster pause 3                           it holds still, and its connections stay"),
    ("cluster resume", "logbus cluster resume 3"),
    ("cluster status", "logbus cluster status\nlogbus cluster status -o json"),
    (
        "topics list",
        "logbus topics list\nlogbus topics list --sort size:desc --columns topic,size\nlogbus topics list -o name",
    ),
    (
        "topics describe",
        "logbus topics describe clicks\nlogbus topics describe --under-replicated\nlogbus topics describe clicks -o json",
    ),
    (
        "topics create",
        "logbus topics create payments -p 12 -c retention.ms=604800000\nlogbus topics create pinned --assignment 1:2,2:3\nlogbus topics create payments --if-not-exists",
    ),
    (
        "topics alter",
        "logbus topics alter clicks --partitions 6\nlogbus topics alter orders --replication-factor 2 --dry-run",
    ),
    (
        "topics delete",
        "logbus topics delete old-clicks                  says what would go\nlogbus topics delete old-clicks --yes",
    ),
    (
        "topics trim",
        "logbus topics trim clicks --time -7d             says what would go\nlogbus topics trim clicks --time -7d --yes",
    ),
    (
        "produce",
        "logbus produce clicks < events.jsonl\nprintf 'k1:v1\\n' | logbus produce clicks -k :\nlogbus produce clicks -f events.jsonl -z zstd",
    ),
    (
        "consume",
        "logbus consume clicks --from-beginning --until end\nlogbus consume clicks -p 0 --from -5 --until end -f json\nlogbus consume clicks --from -1h --until end -f '{partition}@{offset} {key}={value}'",
    ),
    ("groups list", "logbus groups list\nlogbus groups list -o name"),
    ("groups describe", "logbus groups describe billing\nlogbus groups describe billing --members -o json"),
    (
        "groups delete",
        "logbus groups delete old-billing                 says what would go\nlogbus groups delete old-billing --yes",
    ),
    (
        "groups delete-offsets",
        "logbus groups delete-offsets billing --topic clicks\nlogbus groups delete-offsets billing --topic clicks:0 --yes",
    ),
    (
        "lag",
        "logbus lag\nlogbus lag billing --sample 0s\nlogbus lag billing --max 1000 --sample 0s         exit code 5 when it is more",
    ),
    ("top", "logbus top --once\nlogbus top --once -s groups --size 100x30"),
    (
        "offsets get",
        "logbus offsets get clicks\nlogbus offsets get clicks --at earliest\nlogbus offsets get clicks -p 0 --at -1h -o csv",
    ),
    ("configs describe", "logbus configs describe --topic clicks\nlogbus configs describe --broker 1 --all -o json"),
    (
        "configs set",
        "logbus configs set --topic clicks retention.ms=86400000 --dry-run\nlogbus configs set --topic clicks retention.ms=86400000",
    ),
    ("configs unset", "logbus configs unset --topic clicks retention.ms"),
    ("quotas list", "logbus quotas list"),
    ("quotas describe", "logbus quotas describe --user alice --client-id reports"),
    (
        "quotas set",
        "logbus quotas set --user alice producer_byte_rate=1048576\nlogbus quotas set --default-client consumer_byte_rate=10485760",
    ),
    ("quotas unset", "logbus quotas unset --user alice producer_byte_rate"),
    ("users list", "logbus users list"),
    ("users set-scram", "printf secret | logbus users set-scram alice"),
    ("users delete-scram", "logbus users delete-scram alice"),
    ("brokers list", "logbus brokers list\nlogbus brokers list -o wide"),
    ("brokers api-versions", "logbus brokers api-versions 1"),
    ("brokers describe", "logbus brokers describe 1"),
    ("brokers log-dirs", "logbus brokers log-dirs\nlogbus brokers log-dirs 1 -o json"),
    ("brokers can-restart", "logbus brokers can-restart 2                     exit code 5, and why, when not"),
    (
        "brokers drain",
        "logbus brokers drain 3                           says what would move\nlogbus brokers drain 3 --execute --throttle 20MB",
    ),
    ("brokers rebalance", "logbus brokers rebalance"),
    (
        "brokers throttle",
        "logbus brokers throttle\nlogbus brokers throttle --rate 20MB\nlogbus brokers throttle --clear",
    ),
    ("log-dirs describe", "logbus log-dirs describe\nlogbus log-dirs describe 1 --columns dir,size,disk-free"),
    ("metrics list", "logbus metrics list"),
    (
        "metrics get",
        "logbus metrics get kafka_server_replicamanager_partitioncount\nlogbus metrics get 'kafka_log_*' --label topic=clicks -o csv",
    ),
    ("metrics subscriptions", "logbus metrics subscriptions"),
    ("metrics watch", "logbus metrics watch kafka_server_brokertopicmetrics_bytesin_total --interval 1s"),
    (
        "acls add",
        "logbus acls add --topic clicks --allow User:alice --operation read\nlogbus acls add --topic clicks --allow User:bob --producer",
    ),
    ("acls list", "logbus acls list\nlogbus acls list --topic clicks"),
    (
        "acls remove",
        "logbus acls remove --topic clicks --principal User:alice\nlogbus acls remove --topic clicks --principal User:alice --yes",
    ),
    ("tokens create", "logbus tokens create --renewer User:alice"),
    ("tokens list", "logbus tokens list"),
    ("tokens renew", "logbus tokens renew aG1hYw== --for 1d"),
    ("tokens expire", "logbus tokens expire aG1hYw== --after 1h"),
    ("partitions elect", "logbus partitions elect clicks:0\nlogbus partitions elect --all"),
    ("partitions move-dir", "logbus partitions move-dir clicks:0 --broker 1 --to /mnt/disk2"),
    (
        "partitions reassign plan",
        "logbus partitions reassign plan --drain 2 --out plan.json\nlogbus partitions reassign plan --topic orders --onto 1,2,3",
    ),
    (
        "partitions reassign apply",
        "logbus partitions reassign apply plan.json --dry-run\nlogbus partitions reassign apply plan.json --throttle 20MB",
    ),
    ("partitions reassign status", "logbus partitions reassign status --sample 0s"),
    ("partitions reassign cancel", "logbus partitions reassign cancel --yes"),
    ("transactions list", "logbus transactions list\nlogbus transactions list --state Ongoing"),
    ("transactions describe", "logbus transactions describe payments-1"),
    ("transactions find-hanging", "logbus transactions find-hanging --older-than 30m"),
    ("transactions abort", "logbus transactions abort clicks:0 --start-offset 4711"),
    ("producers list", "logbus producers list clicks"),
    ("isr", "logbus isr\nlogbus isr clicks"),
    ("quorum describe", "logbus quorum describe"),
    ("quorum add", "logbus quorum add -c controller.properties       says what it would do"),
    ("quorum remove", "logbus quorum remove 3                           says what it would do"),
    ("features describe", "logbus features describe"),
    ("features upgrade", "logbus features upgrade --release 4.3            says what would change"),
    ("features downgrade", "logbus features downgrade group.version=0        says what would change"),
    ("doctor", "logbus doctor\nlogbus doctor --topic clicks --write"),
    (
        "profiles create",
        "logbus profiles create prod -b kafka.example.com:9092 --read-only\nlogbus profiles create test -b kafka.example.com:9092 --protect 'orders*'",
    ),
    ("profiles use", "logbus profiles use prod\nlogbus profiles use --none"),
    ("profiles list", "logbus profiles list"),
    ("profiles show", "logbus profiles show prod"),
    ("profiles delete", "logbus profiles delete test"),
    ("profiles import", "logbus profiles import client.properties --name staging"),
    ("links install", "logbus links install ./bin\nlogbus links install ./bin --dry-run"),
    ("links list", "logbus links list ./bin"),
    ("links remove", "logbus links remove ./bin"),
    (
        "dump-log",
        "logbus dump-log logbus-data/clicks-0\nlogbus dump-log logbus-data/clicks-0/*.log -p\nlogbus dump-log logbus-data/clicks-0 -p -o json --from-offset 1",
    ),
    ("metadata shell", "logbus metadata shell -s logbus-data/__cluster_metadata-0/00000000000000000000.log ls /"),
    ("storage format", "logbus storage format --data-dir ./fresh"),
    ("storage info", "logbus storage info\nlogbus storage info logbus-data -o json"),
    ("storage random-uuid", "logbus storage random-uuid"),
    (
        "bench produce",
        "logbus bench produce clicks -n 10000 -s 100\nlogbus bench produce clicks --duration 1s --rate 1000",
    ),
    ("bench consume", "logbus bench consume clicks -n 1000"),
    ("bench latency", "logbus bench latency clicks --duration 1s --rate 100"),
    ("bench connections", "logbus bench connections 100 --hold 1s"),
    ("bench partitions", "logbus bench partitions 100 --hold 1s"),
    ("bench floor", "logbus bench floor --bytes 8MB"),
    ("bench null-broker", "logbus bench null-broker --listener 127.0.0.1:0"),
    (
        "sim",
        "logbus sim --seed 7 --steps 300                  the same run, as often as you like\nlogbus sim --seeds 3 --steps 100\nlogbus sim --seed 7 --steps 300 --history run.jsonl",
    ),
    ("sim check", "logbus sim check run.jsonl"),
    (
        "completions",
        "logbus completions bash > logbus.bash            or, for now: source <(logbus completions bash)\nlogbus completions zsh > _logbus\nlogbus completions fish > logbus.fish",
    ),
    ("man", "logbus man topics create | man -l -\nlogbus man --dir ./man1"),
];

/// Gives every command without examples of its own those of the table.
pub fn give(command: clap::Command) -> clap::Command {
    of(command, "")
}

fn of(mut command: clap::Command, path: &str) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let below = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command = command.mut_subcommand(&name, |sub| of(sub, &below));
    }
    let own = EXAMPLES.iter().find(|(of, _)| *of == path).filter(|_| command.get_after_help().is_none());
    match own {
        Some((_, lines)) => {
            let lines: String = lines.lines().map(|line| format!("\n  {line}")).collect();
            command.after_help(format!("Examples:{lines}"))
        }
        None => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_of_a_command_that_has_no_examples_of_its_own() {
        let root = give(<crate::cli::Cli as clap::CommandFactory>::command());
        for (path, lines) in EXAMPLES {
            let mut command = &root;
            for name in path.split(' ') {
                command = command.find_subcommand(name).unwrap_or_else(|| panic!("there is no command {path}"));
            }
            let shown = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(lines.lines().all(|line| shown.contains(line)), "{path} has examples in its own file");
            let longest = lines.lines().map(str::len).max().unwrap_or_default();
            assert!(longest <= 98, "{path}: a help text is broken where it is wider than that");
        }
    }
}
