//! `kafka-acls.sh` (`org.apache.kafka.tools.AclCommand`).
//!
//! Java's sets have no order of their own; here everything comes sorted.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::answer;
use super::cluster::{Failure, block_on, load, resolved};
use super::java::ask;
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version};
use crate::client::{Cluster, Properties};
use crate::ops::OpsError;
use crate::ops::acls::{
    self, Acl, CLUSTER_NAME, Entry, Filter, Operation, Pattern, PatternType, Permission, ResourceType,
};
use crate::ops::cluster::Side;

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::flag("add", "Add entries."),
    Opt::required(
        "allow-host",
        Type::String,
        "allow-host",
        "An address from which those of --allow-principal may; all ('*') without it.",
    ),
    Opt::required(
        "allow-principal",
        Type::String,
        "allow-principal",
        "Who may, as type:name; User:'*' is everybody. May be repeated.",
    ),
    Opt::required(
        "bootstrap-controller",
        Type::String,
        "controller to connect to",
        "HOST:PORT of one or more controllers; this or --bootstrap-server is REQUIRED.",
    ),
    Opt::required(
        "bootstrap-server",
        Type::String,
        "server to connect to",
        "HOST:PORT of one or more brokers; this or --bootstrap-controller is REQUIRED.",
    ),
    Opt::flag("cluster", "Entries about the cluster."),
    Opt::optional("command-config", Type::String, "command-config", "A properties file for the admin client."),
    Opt::flag("consumer", "What a consumer needs: READ and DESCRIBE on topics, READ on groups."),
    Opt::required("delegation-token", Type::String, "delegation-token", "A delegation token; '*' is all of them."),
    Opt::required(
        "deny-host",
        Type::String,
        "deny-host",
        "An address from which those of --deny-principal may not; all ('*') without it.",
    ),
    Opt::required(
        "deny-principal",
        Type::String,
        "deny-principal",
        "Who may not, as type:name, whatever else allows it. Nobody may who is not allowed to, so this is for exceptions.",
    ),
    Opt::flag("force", "Do not ask."),
    Opt::required("group", Type::String, "group", "A group; '*' is all of them."),
    HELP,
    Opt::flag("idempotent", "With --producer: allow idempotence, for producers without a transactional id."),
    Opt::flag("list", "Show entries, of all resources or of those that --topic, --group, --cluster, ... name."),
    Opt::required(
        "operation",
        Type::String,
        "",
        "What is allowed or denied; may be repeated: All, Read, Write, Create, Delete, Alter, Describe, ClusterAction, DescribeConfigs, AlterConfigs, IdempotentWrite, CreateTokens, DescribeTokens, TwoPhaseCommit.",
    )
    .or("All"),
    Opt::optional("principal", Type::String, "principal", "With --list: entries of a principal; may be repeated."),
    Opt::flag("producer", "What a producer needs: WRITE, DESCRIBE and CREATE on topics."),
    Opt::flag("remove", "Remove entries."),
    Opt::required(
        "resource-pattern-type",
        Type::String,
        "ANY|MATCH|LITERAL|PREFIXED",
        "How names are to be read: literal or prefixed. With --list and --remove also any (this very name, read either way) and match (whatever applies to the name).",
    )
    .or("LITERAL"),
    Opt::required("topic", Type::String, "topic", "A topic; '*' is all of them."),
    Opt::required("transactional-id", Type::String, "transactional-id", "A transactional id; '*' is all of them."),
    Opt::required(
        "user-principal",
        Type::String,
        "user-principal",
        "A user as the thing protected: for CreateTokens and DescribeTokens.",
    ),
    VERSION,
];

const PRODUCER: &str = "With --producer you must specify a --topic";
const CONSUMER: &str = "With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.";
const NO_RESOURCE: &str = "You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>";

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::usage_option)?;
    help_or_version(&options, args.is_empty(), "This tool helps to manage acls on kafka.", streams)?;
    check(&options)?;
    match block_on(async { Ok(act(&options, streams).await) })? {
        Ok(()) => Ok(()),
        Err(Trouble::Stop(stop)) => Err(stop),
        Err(Trouble::Failed { failure, wrapped }) => {
            let message = if wrapped { failure.to_string() } else { failure.message.clone() };
            writeln!(streams.out, "Error while executing ACL command: {message}")?;
            if wrapped {
                writeln!(streams.out, "java.util.concurrent.ExecutionException: {failure}\nCaused by: {failure}\n")?;
            } else {
                writeln!(streams.out, "{failure}\n")?;
            }
            Err(Stop::Exit(1))
        }
        Err(Trouble::Caused { failure, cause }) => {
            writeln!(streams.out, "Error while executing ACL command: {}", failure.message)?;
            writeln!(streams.out, "{failure}\nCaused by: {cause}\n")?;
            Err(Stop::Exit(1))
        }
    }
}

/// The rules between options.
fn check(options: &Options) -> Result<(), Stop> {
    let has = |name| options.has(name);
    let refuse = |wrong: bool, message: &str| if wrong { Err(Stop::Usage(message.to_owned())) } else { Ok(()) };
    let (server, controller) = (has("bootstrap-server"), has("bootstrap-controller"));
    refuse(server && controller, "Only one of --bootstrap-server or --bootstrap-controller must be specified")?;
    refuse(!server && !controller, "One of --bootstrap-server or --bootstrap-controller must be specified")?;
    let actions = ["add", "remove", "list"].iter().filter(|action| has(action)).count();
    refuse(actions != 1, "Command must include exactly one action: --list, --add, --remove. ")?;
    let who = ["producer", "consumer", "allow-host", "allow-principal", "deny-host", "deny-principal"];
    forbid(options, "list", &who)?;
    forbid(options, "producer", &["operation", "deny-principal", "deny-host"])?;
    forbid(options, "consumer", &["operation", "deny-principal", "deny-host"])?;
    refuse(has("principal") && !has("list"), "The --principal option is only available if --list is set")?;
    refuse(has("producer") && !has("topic"), PRODUCER)?;
    refuse(has("idempotent") && !has("producer"), "The --idempotent option is only available if --producer is set")?;
    let beside = !has("producer") && (has("cluster") || has("transactional-id"));
    refuse(has("consumer") && (!has("topic") || !has("group") || beside), CONSUMER)
}

/// How an action ends when it does not end well.
enum Trouble {
    Stop(Stop),
    Failed {
        failure: Failure,
        wrapped: bool,
    },
    /// An exception of the tool's own, and the one behind it.
    Caused {
        failure: Failure,
        cause: Failure,
    },
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Trouble {
        Trouble::Stop(stop)
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        Trouble::Stop(error.into())
    }
}

impl From<OptionError> for Trouble {
    fn from(error: OptionError) -> Trouble {
        let exception = format!("joptsimple.{}", error.exception());
        Failure::of(&exception, error.to_string()).into()
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failed { failure, wrapped: false }
    }
}

fn failed(error: &OpsError, call: &str) -> Trouble {
    Trouble::Failed { failure: Failure::of_error(error, call), wrapped: true }
}

fn usage(message: impl Into<String>) -> Trouble {
    Trouble::Stop(Stop::Usage(message.into()))
}

fn reach(options: &Options) -> Result<(Cluster, Side), Trouble> {
    let properties = match options.value("command-config")? {
        Some(file) => load(file)?,
        None => Properties::default(),
    };
    let (side, list) = match options.value("bootstrap-server")? {
        Some(list) => (Side::Brokers, Some(list)),
        None => (Side::Controllers, options.value("bootstrap-controller")?),
    };
    let config = resolved(list, &properties).map_err(|error| {
        let failure = Failure::of("org.apache.kafka.common.KafkaException", "Failed to create new KafkaAdminClient");
        let cause = match (list, &error) {
            (Some(list), _) if crate::client::parse_bootstrap(list).is_err() => {
                format!(
                    "Invalid url in bootstrap.{}: {list}",
                    if side == Side::Brokers { "servers" } else { "controllers" }
                )
            }
            _ => error.to_string(),
        };
        Trouble::Caused { failure, cause: Failure::of("org.apache.kafka.common.config.ConfigException", cause) }
    })?;
    Ok((Cluster::new(config), side))
}

async fn act(options: &Options, streams: &mut Streams<'_>) -> Result<(), Trouble> {
    let (cluster, side) = reach(options)?;
    if options.has("add") {
        add(&cluster, side, options, streams.out).await
    } else if options.has("remove") {
        remove(&cluster, side, options, streams.out).await
    } else {
        list(&cluster, side, options, streams.out).await
    }
}

/// What entries are to stand, or not to stand, about each resource.
type Wanted = BTreeMap<Pattern, BTreeSet<Entry>>;

async fn add(cluster: &Cluster, side: Side, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let pattern_type = pattern_type(options)?;
    if !pattern_type.is_specific() {
        let message = format!("A '--resource-pattern-type' value of '{pattern_type}' is not valid when adding acls.");
        return Err(usage(message));
    }
    let wanted = wanted(options, pattern_type)?;
    if wanted.values().any(BTreeSet::is_empty) {
        return Err(usage("You must specify one of: --allow-principal, --deny-principal when trying to add ACLs."));
    }
    answer::of(answer::ACTIONS);
    for (pattern, entries) in wanted {
        let there =
            acls::list(cluster, side, &Filter::about(&pattern)).await.map_err(|e| failed(&e, "describeAcls"))?;
        let all = entries.into_iter().map(|entry| Acl { pattern: pattern.clone(), entry });
        let (old, new): (Vec<Acl>, Vec<Acl>) = all.partition(|acl| there.contains(acl));
        for acl in old {
            writeln!(out, "Acl (pattern={}, entry={}) already exists.", shown(&acl.pattern), entry(&acl.entry))?;
        }
        if new.is_empty() {
            continue;
        }
        let lines = entries_text(new.iter().map(|acl| &acl.entry));
        writeln!(out, "Adding ACLs for resource `{}`: \n {lines}", shown(&pattern))?;
        out.flush()?;
        for (acl, result) in acls::add(cluster, side, &new).await.map_err(|e| failed(&e, "createAcls"))? {
            let name = format!("{} {}", shown(&acl.pattern), self::entry(&acl.entry));
            answer::outcome("add", "acl", name, result.as_ref().copied().map_err(|refusal| refusal.text()));
            result.map_err(|refusal| Trouble::Failed { failure: refusal.into(), wrapped: true })?;
        }
    }
    Ok(())
}

async fn remove(cluster: &Cluster, side: Side, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    answer::of(answer::ACTIONS);
    for (pattern, entries) in wanted(options, pattern_type(options)?)? {
        let (question, filters) = if entries.is_empty() {
            let filter = shown(&pattern);
            let question = format!("Are you sure you want to delete all ACLs for resource filter `{filter}`? (y/n)");
            (question, vec![Filter::about(&pattern)])
        } else {
            let (lines, filter) = (entries_text(&entries), shown(&pattern));
            let question =
                format!("Are you sure you want to remove ACLs: \n {lines} from resource filter `{filter}`? (y/n)");
            (question, entries.iter().map(|entry| Filter::exactly(&pattern, entry)).collect())
        };
        if !options.has("force") {
            writeln!(out, "{question}")?;
            if !ask(out)?.is_some_and(|answer| answer.eq_ignore_ascii_case("y")) {
                continue;
            }
        }
        for result in acls::remove(cluster, side, &filters).await.map_err(|e| failed(&e, "deleteAcls"))? {
            for acl in result.iter().flatten() {
                answer::did("remove", "acl", format!("{} {}", shown(&acl.pattern), entry(&acl.entry)));
            }
            result.map_err(|refusal| Trouble::Failed { failure: refusal.into(), wrapped: true })?;
        }
    }
    Ok(())
}

async fn list(cluster: &Cluster, side: Side, options: &Options, out: &mut dyn Write) -> Result<(), Trouble> {
    let patterns = patterns(options, pattern_type(options)?)?;
    let principals = principals(options, "principal")?;
    let filters: Vec<Filter> =
        if patterns.is_empty() { vec![Filter::default()] } else { patterns.iter().map(Filter::about).collect() };
    let mut found = Wanted::new();
    for filter in filters {
        for acl in acls::list(cluster, side, &filter).await.map_err(|e| failed(&e, "describeAcls"))? {
            found.entry(acl.pattern).or_default().insert(acl.entry);
        }
    }
    let is_meant = |acl: &Acl| principals.is_empty() || principals.contains(&acl.entry.principal);
    let all = found.iter().flat_map(|(pattern, entries)| {
        entries.iter().map(|entry| Acl { pattern: pattern.clone(), entry: entry.clone() })
    });
    answer::rows("acls", all.filter(is_meant));
    let mut blocks = |of: Option<&String>| -> std::io::Result<()> {
        if let Some(principal) = of {
            writeln!(out, "ACLs for principal `{principal}`")?;
        }
        for (pattern, entries) in &found {
            let own = || entries.iter().filter(|entry| of.is_none_or(|principal| entry.principal == *principal));
            if own().next().is_some() {
                writeln!(out, "Current ACLs for resource `{}`:\n{}", shown(pattern), entries_text(own()))?;
            }
        }
        Ok(())
    };
    if principals.is_empty() {
        blocks(None)?;
    }
    Ok(principals.iter().try_for_each(|principal| blocks(Some(principal)))?)
}

/// As `ResourcePattern` and its filter print themselves.
fn shown(pattern: &Pattern) -> String {
    let Pattern { kind, name, pattern } = pattern;
    format!("ResourcePattern(resourceType={kind}, name={name}, patternType={pattern})")
}

fn entry(entry: &Entry) -> String {
    let Entry { principal, host, operation, permission } = entry;
    format!("(principal={principal}, host={host}, operation={operation}, permissionType={permission})")
}

/// The entries, one a line, each line ended.
fn entries_text<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    entries.into_iter().map(|one| format!("\t{}\n", entry(one))).collect()
}

fn pattern_type(options: &Options) -> Result<PatternType, Trouble> {
    let text = options.value("resource-pattern-type")?.unwrap_or("LITERAL");
    PatternType::from_word(text).ok_or_else(|| {
        let error = OptionError::Conversion { value: text.to_owned(), option: "resource-pattern-type".to_owned() };
        let failure = Failure::of(&format!("joptsimple.{}", error.exception()), error.to_string());
        let cause = match text.eq_ignore_ascii_case("unknown") {
            true => format!("Unknown resource-pattern-type: {text}"),
            false => format!("Value [{text}] is not one of [ANY|MATCH|LITERAL|PREFIXED]"),
        };
        Trouble::Caused { failure, cause: Failure::of("joptsimple.ValueConversionException", cause) }
    })
}

/// The resources that the options name.
fn patterns(options: &Options, pattern: PatternType) -> Result<BTreeSet<Pattern>, Trouble> {
    let mut found = BTreeSet::new();
    for (option, kind) in [
        ("topic", ResourceType::Topic),
        ("group", ResourceType::Group),
        ("transactional-id", ResourceType::TransactionalId),
        ("delegation-token", ResourceType::DelegationToken),
        ("user-principal", ResourceType::User),
    ] {
        for name in options.values(option) {
            let name = if kind == ResourceType::TransactionalId { name } else { name.trim() };
            found.insert(Pattern { kind, name: name.to_owned(), pattern });
        }
    }
    if pattern == PatternType::Literal && (options.has("cluster") || options.has("idempotent")) {
        found.insert(Pattern { kind: ResourceType::Cluster, name: CLUSTER_NAME.to_owned(), pattern });
    }
    Ok(found)
}

fn principals(options: &Options, option: &str) -> Result<Vec<String>, Trouble> {
    let mut found = Vec::new();
    for text in options.values(option) {
        let (kind, name) = acls::parse_principal(text.trim())
            .map_err(|message| Failure::of("java.lang.IllegalArgumentException", message))?;
        let principal = format!("{kind}:{name}");
        if !found.contains(&principal) {
            found.push(principal);
        }
    }
    Ok(found)
}

fn hosts(options: &Options, option: &str) -> Vec<String> {
    match options.values(option).as_slice() {
        [] => vec!["*".to_owned()],
        given => given.iter().map(|host| host.trim().to_owned()).collect(),
    }
}

fn wanted(options: &Options, pattern: PatternType) -> Result<Wanted, Trouble> {
    let allowed = principals(options, "allow-principal");
    let allow_hosts = hosts(options, "allow-host");
    let things = patterns(options, pattern)?;
    let mut all = Wanted::new();
    if !options.has("producer") && !options.has("consumer") {
        let word = |word: &str| Operation::from_word(word.trim()).unwrap_or(Operation::Unknown);
        let operations: Vec<Operation> = options.values("operation").into_iter().map(word).collect();
        let mut entries = Entry::of(&allowed?, &allow_hosts, &operations, Permission::Allow);
        let denied = principals(options, "deny-principal")?;
        entries.extend(Entry::of(&denied, &hosts(options, "deny-host"), &operations, Permission::Deny));
        all.extend(things.iter().map(|thing| (thing.clone(), entries.iter().cloned().collect())));
        if things.is_empty() {
            return Err(usage(NO_RESOURCE));
        }
    } else {
        let (things, allowed): (Vec<Pattern>, _) = (things.into_iter().collect(), allowed?);
        let mut merge = |needed: Vec<(Pattern, Vec<Entry>)>| {
            for (pattern, entries) in needed {
                all.entry(pattern).or_default().extend(entries);
            }
        };
        if options.has("producer") {
            merge(acls::producer(&things, options.has("idempotent"), &allowed, &allow_hosts));
        }
        if options.has("consumer") {
            merge(acls::consumer(&things, &allowed, &allow_hosts));
        }
    }
    for (pattern, entries) in &all {
        let valid: Vec<Operation> = pattern.kind.operations().iter().copied().chain([Operation::All]).collect();
        if entries.iter().any(|entry| !valid.contains(&entry.operation)) {
            let names: Vec<&str> = valid.iter().map(|operation| operation.word()).collect();
            let message = format!("ResourceType {} only supports operations [{}]", pattern.kind, names.join(", "));
            return Err(usage(message));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Options {
        parse(OPTIONS, &line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    fn refusal(line: &str) -> String {
        match check(&options(line)) {
            Err(Stop::Usage(message)) => message,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn lines(line: &str) -> Vec<String> {
        let options = options(line);
        let Ok(wanted) = wanted(&options, PatternType::Literal) else { panic!("{line}") };
        wanted
            .iter()
            .flat_map(|(p, entries)| {
                entries.iter().map(move |e| format!("{} {} {}", p.kind, e.operation, e.permission))
            })
            .collect()
    }

    #[test]
    fn options_that_do_not_go_together_are_refused_in_kafkas_words() {
        for (line, message) in [
            ("--list", "One of --bootstrap-server or --bootstrap-controller must be specified"),
            ("--bootstrap-server a:1", "Command must include exactly one action: --list, --add, --remove. "),
            ("--bootstrap-server a:1 --add --producer", PRODUCER),
            ("--bootstrap-server a:1 --add --consumer --topic t", CONSUMER),
            ("--bootstrap-server a:1 --list --producer", "Option \"[list]\" can't be used with option \"[producer]\""),
        ] {
            assert_eq!(refusal(line), message, "{line}");
        }
    }

    #[test]
    fn the_shortcuts_are_united_where_they_speak_of_the_same_topic() {
        assert_eq!(
            lines("--producer --consumer --topic t --group g --allow-principal User:a"),
            ["TOPIC READ ALLOW", "TOPIC WRITE ALLOW", "TOPIC CREATE ALLOW", "TOPIC DESCRIBE ALLOW", "GROUP READ ALLOW"]
        );
        assert_eq!(
            lines("--cluster --operation alter --allow-principal User:a --deny-principal User:b"),
            ["CLUSTER ALTER ALLOW", "CLUSTER ALTER DENY"]
        );
    }

    #[test]
    fn an_operation_that_a_resource_does_not_know_is_refused() {
        let options = options("--topic t --operation idempotentwrite --allow-principal User:a");
        let Err(Trouble::Stop(Stop::Usage(message))) = wanted(&options, PatternType::Literal) else { panic!() };
        assert!(message.starts_with("ResourceType TOPIC only supports operations [Read, Write, "), "{message}");
    }
}
