//! `kafka-storage.sh format` (`StorageTool.runFormatCommand`, `Formatter`).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::answer;
use super::argparse::Namespace;
use super::java::{hash_map_order, hash_map_order_copied};
use super::storage::parse_level;
use super::storage_scram;
use super::usage::Stop;
use crate::config::{BrokerConfig, Role};
use crate::log::files::META_PROPERTIES_FILE;
use crate::log::storage::{FormatError, FormatRequest, InitialVoter, VoterEndpoint, format_with_voters};
use crate::model::{TimestampMs, Uuid};
use crate::ops::features::{
    self, KRAFT_VERSION, LATEST_METADATA_VERSION, METADATA_VERSION, metadata_version_level, metadata_version_name,
    unknown_metadata_version,
};
use crate::wire::records::metadata::{FeatureLevelRecord, MetadataRecord};

/// `IBP_3_5_IV2`: from here on the metadata log has records for SCRAM credentials.
const SCRAM_SINCE: i16 = 11;

/// Formats the directories of `config` as the options say.
///
/// # Errors
/// How the tool stops.
pub(super) fn run(config: &BrokerConfig, options: &Namespace, out: &mut dyn Write) -> Result<(), Stop> {
    let failed = |text: &str| Err(Stop::Failure(text.to_owned()));
    let level = match options.value("--release-version") {
        None => LATEST_METADATA_VERSION,
        Some(release) => metadata_version_level(release)
            .ok_or_else(|| Stop::Failure(unknown_metadata_version(release, LATEST_METADATA_VERSION)))?,
    };
    let (standalone, initial) = (options.has("--standalone"), options.value("--initial-controllers"));
    let is_static = !config.controller_quorum_voters().is_empty();
    if is_static && (standalone || initial.is_some()) {
        return failed(
            "You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify controller.quorum.bootstrap.servers instead.",
        );
    }
    if standalone && !config.has_role(Role::Controller) {
        return failed("You can only use --standalone on a controller.");
    }
    let voters = match initial {
        Some(text) => {
            let listener = config.controller_listener_names().first().cloned().unwrap_or_default();
            parse_voters(text, &listener)
                .map_err(|message| Stop::uncaught("java.lang.IllegalArgumentException", message))?
        }
        None => Vec::new(),
    };
    let is_dynamic = standalone || !voters.is_empty();
    let needs_voters = config.has_role(Role::Controller) && !is_static && !options.has("--no-initial-controllers");
    if needs_voters && !is_dynamic {
        return failed(
            "Because controller.quorum.voters is not set on this controller, you must specify one of the following: --standalone, --initial-controllers, or --no-initial-controllers.",
        );
    }
    let levels = levels(level, options, is_static)?;
    let mut records = bootstrap(level, &levels);
    let mut users = options.all("--add-scram").peekable();
    if users.peek().is_some() && level < SCRAM_SINCE {
        return failed("SCRAM is only supported in metadata.version 3.5-IV2 or later.");
    }
    for user in users {
        let credential = storage_scram::parse(user).map_err(Stop::Failure)?;
        records.push(MetadataRecord::UserScramCredentialRecord(credential));
    }
    let values: Vec<bytes::Bytes> = records.iter().map(|record| record.to_value(0)).collect();
    let alone = standalone.then(|| endpoints(config));
    let (log_dirs, metadata_dir) = (config.log_dirs(), config.metadata_log_dir());
    let request = FormatRequest {
        cluster_id: options.value("--cluster-id").unwrap_or_default(),
        node_id: config.node_id(),
        log_dirs: &log_dirs,
        metadata_dir: &metadata_dir,
        bootstrap: &values,
        sole_voter: alone.as_deref(),
        ignore_formatted: options.has("--ignore-formatted"),
        now: TimestampMs::now(),
    };
    let mut report =
        format_with_voters(&request, &voters, &mut Uuid::random).map_err(|error| stopped(&error, &request))?;
    answer::of(answer::ACTIONS);
    for (dir, _) in &report.formatted {
        answer::did("format", "directory", dir.display());
    }
    if report.formatted.is_empty() {
        return Ok(writeln!(out, "All of the log directories are already formatted.")?);
    }
    writeln!(out, "Bootstrap metadata: {}", bootstrap_text(level, &records))?;
    let is_voter = standalone || voters.iter().any(|voter| voter.id == config.node_id().get());
    hash_map_order(&mut report.formatted, |(dir, _)| dir.to_str().unwrap_or_default());
    for (dir, _) in &report.formatted {
        let kind = match (*dir == metadata_dir, is_dynamic, is_voter) {
            (false, ..) => "data directory",
            (true, true, true) => "dynamic metadata voter directory",
            (true, true, false) => "dynamic metadata directory",
            (true, false, _) => "metadata directory",
        };
        let release = metadata_version_name(level).unwrap_or_default();
        writeln!(out, "Formatting {kind} {} with metadata.version {release}.", dir.display())?;
    }
    Ok(())
}

fn stopped(error: &FormatError, request: &FormatRequest<'_>) -> Stop {
    match error {
        FormatError::Foreign { dir, cluster_id, .. } if cluster_id != request.cluster_id => Stop::uncaught(
            "java.lang.RuntimeException",
            format!(
                "Invalid cluster.id in: {}/meta.properties. Expected {}, but read {cluster_id}",
                dir.display(),
                request.cluster_id
            ),
        ),
        FormatError::Foreign { dir, node_id, .. } => Stop::uncaught(
            "java.lang.RuntimeException",
            format!(
                "Stored node id {node_id} doesn't match previous node id {} in {}/meta.properties. If you moved your data, make sure your configured node id matches. If you intend to create a new node, you should remove all data in your data directories.",
                request.node_id,
                dir.display()
            ),
        ),
        // Kafka names the first of a map's, ours the first of the settings'.
        FormatError::AlreadyFormatted(_) => {
            let dirs = request.log_dirs.iter().map(PathBuf::as_path).chain([request.metadata_dir]);
            let mut known: Vec<&Path> = dirs.filter(|dir| dir.join(META_PROPERTIES_FILE).exists()).collect();
            known.sort_unstable();
            known.dedup();
            hash_map_order_copied(&mut known, |dir| dir.to_str().unwrap_or_default());
            let first = known
                .first()
                .map_or_else(|| error.to_string(), |dir| FormatError::AlreadyFormatted(dir.to_path_buf()).to_string());
            Stop::Failure(first)
        }
        error => Stop::Failure(error.to_string()),
    }
}

/// The levels of all features but `metadata.version`: those of the release, and what `--feature` says otherwise.
fn levels(release: i16, options: &Namespace, is_static: bool) -> Result<BTreeMap<String, i16>, Stop> {
    let failed = |text: String| Err(Stop::Failure(text));
    let mut levels: BTreeMap<String, i16> =
        features::levels_of(release).map(|(name, level)| (name.to_owned(), level)).collect();
    for word in options.all("--feature") {
        let (name, level) = parse_level(word).map_err(Stop::Failure)?;
        if name == METADATA_VERSION {
            return failed(
                "Use --release-version instead of --feature metadata.version=X to avoid ambiguity.".to_owned(),
            );
        }
        if !levels.contains_key(&name) {
            let known: Vec<&str> = levels.keys().map(String::as_str).collect();
            return failed(format!("Unsupported feature: {name}. Supported features are: {}", known.join(", ")));
        }
        let needs = features::dependencies(&name, level);
        for (needed, least) in needs.map_err(|e| Stop::uncaught("java.lang.IllegalArgumentException", e))? {
            if needed == METADATA_VERSION && release < least {
                return failed(format!(
                    "{name} could not be set to {level} because it depends on {needed} level {least}"
                ));
            }
        }
        const FLAGS: &str = "--standalone, --initial-controllers, or --no-initial-controllers";
        match (name.as_str(), level) {
            (KRAFT_VERSION, 0) if !is_static => {
                return failed(format!(
                    "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags {FLAGS} is used. For dynamic controllers support, try removing the --feature flag for kraft.version."
                ));
            }
            (KRAFT_VERSION, 1) if is_static => {
                return failed(format!(
                    "Cannot set kraft.version to 1 unless controller.quorum.voters is empty and one of the flags {FLAGS} is used. For dynamic controllers support, try using one of {FLAGS} and removing controller.quorum.voters."
                ));
            }
            _ => {}
        }
        levels.insert(name, level);
    }
    Ok(levels)
}

/// The first records: `metadata.version`, then what is switched on. The level of `kraft.version` has no record among
/// them: it stands in the first snapshot.
fn bootstrap(release: i16, levels: &BTreeMap<String, i16>) -> Vec<MetadataRecord> {
    let record = |name: &str, feature_level| {
        MetadataRecord::FeatureLevelRecord(FeatureLevelRecord { name: name.to_owned(), feature_level })
    };
    let on = levels.iter().filter(|(name, level)| **level > 0 && *name != KRAFT_VERSION);
    [record(METADATA_VERSION, release)].into_iter().chain(on.map(|(name, level)| record(name, *level))).collect()
}

/// As `BootstrapMetadata.toString`.
fn bootstrap_text(release: i16, records: &[MetadataRecord]) -> String {
    let shown = records.iter().filter_map(|record| match record {
        MetadataRecord::FeatureLevelRecord(r) => {
            Some(format!("FeatureLevelRecord(name='{}', featureLevel={})", r.name, r.feature_level))
        }
        MetadataRecord::UserScramCredentialRecord(r) => Some(storage_scram::text(r)),
        _ => None,
    });
    let shown = shown.map(|record| format!("ApiMessageAndVersion({record} at version 0)"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    format!("BootstrapMetadata(records=[{shown}], metadataVersionLevel={release}, source=format command)")
}

/// Where other voters will reach this controller.
fn endpoints(config: &BrokerConfig) -> Vec<VoterEndpoint> {
    let endpoint = |l: &crate::config::Listener| VoterEndpoint {
        listener: l.name.clone(),
        host: if l.host.is_empty() { "localhost".to_owned() } else { l.host.clone() },
        port: l.port,
    };
    config.advertised_controller_listeners().into_iter().map(endpoint).collect()
}

/// Reads `0@example.com:8082:JEXY6aqzQY-32P5TStzaFg,…` (`DynamicVoters.parse`).
fn parse_voters(text: &str, listener: &str) -> Result<Vec<InitialVoter>, String> {
    let mut voters: Vec<InitialVoter> = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let (id, rest) = word.split_once('@').ok_or("No @ found in dynamic voter string.")?;
        let id: i32 = id.parse().map_err(|_| "Failed to parse node id in dynamic voter string.")?;
        if id < 0 {
            return Err(format!("Invalid negative node id {id} in dynamic voter string."));
        }
        let (host, rest) = match rest.strip_prefix('[') {
            Some(inner) => {
                let (host, rest) =
                    inner.split_once(']').ok_or("Hostname began with left bracket, but no right bracket was found.")?;
                (host, rest.strip_prefix(':').ok_or("Port section must start with a colon.")?)
            }
            None => rest.split_once(':').ok_or("No colon following hostname could be found.")?,
        };
        let (port, directory) = rest.split_once(':').ok_or("No colon following port could be found.")?;
        let port: u16 = port.parse().map_err(|_| "Failed to parse port in dynamic voter string.")?;
        let directory_id: Uuid =
            directory.parse().map_err(|_| "Failed to parse directory ID in dynamic voter string.")?;
        if voters.iter().any(|voter| voter.id == id) {
            return Err(format!("Node id {id} was specified more than once."));
        }
        let endpoint = VoterEndpoint { listener: listener.to_owned(), host: host.to_owned(), port };
        voters.push(InitialVoter { id, directory_id, endpoint });
    }
    if voters.is_empty() {
        return Err("No voters given.".to_owned());
    }
    voters.sort_by_key(|voter| voter.id);
    Ok(voters)
}

#[cfg(test)]
mod tests {
    use super::super::usage::Streams;
    use super::*;
    use crate::log::LogError;
    use crate::log::storage::{CheckpointRecord, read_checkpoint};

    struct Node(tempfile::TempDir);

    impl Node {
        fn new(text: &str) -> Node {
            let dir = tempfile::tempdir().unwrap();
            let text = text.replace("DIR", &dir.path().join("d").display().to_string());
            std::fs::write(dir.path().join("server.properties"), text).unwrap();
            Node(dir)
        }

        fn controller() -> Node {
            Node::new(
                "process.roles=controller\nnode.id=3\nlog.dirs=DIR\nlisteners=CONTROLLER://127.0.0.1:9093\ncontroller.listener.names=CONTROLLER\ncontroller.quorum.bootstrap.servers=127.0.0.1:9093\n",
            )
        }

        fn run(&self, line: &str) -> (Result<(), Stop>, String) {
            let file = self.0.path().join("server.properties").display().to_string();
            let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            words.extend(["-c".to_owned(), file]);
            let mut out = Vec::new();
            let result = super::super::storage::run(&words, &mut Streams { out: &mut out, err: &mut Vec::new() });
            let text = String::from_utf8(out).unwrap();
            (result, text.replace(&self.0.path().join("d").display().to_string(), "DIR"))
        }
    }

    const ID: &str = "-t 5L6g3nShT-eMCtK--X86sw";

    #[test]
    fn a_directory_is_formatted_once_and_told_about() {
        let node = Node::controller();
        let (result, text) = node.run("info");
        assert!(matches!(result, Err(Stop::Exit(1))));
        assert_eq!(text, "Found problem:\n  DIR does not exist\n\n");
        let (result, text) = node.run(&format!("format -s -r 4.0 -f group.version=0 {ID}"));
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(
            text,
            "Bootstrap metadata: BootstrapMetadata(records=[ApiMessageAndVersion(FeatureLevelRecord(name='metadata.version', featureLevel=25) at version 0), ApiMessageAndVersion(FeatureLevelRecord(name='transaction.version', featureLevel=2) at version 0)], metadataVersionLevel=25, source=format command)\n\
             Formatting dynamic metadata voter directory DIR with metadata.version 4.0-IV3.\n"
        );
        let (_, text) = node.run("info");
        assert!(
            text.starts_with(
                "Found log directory:\n  DIR\n\nFound metadata: {cluster.id=5L6g3nShT-eMCtK--X86sw, directory.id="
            ),
            "{text}"
        );
        let (_, text) = node.run(&format!("format -s -g {ID}"));
        assert_eq!(text, "All of the log directories are already formatted.\n");
    }

    #[test]
    fn users_stand_among_the_first_records_behind_the_levels() {
        let node = Node::controller();
        let (result, text) = node.run(&format!(
            "format -s -S SCRAM-SHA-256=[name=alice,password=x] --add-scram SCRAM-SHA-512=[name=bob,password=y] {ID}"
        ));
        assert!(result.is_ok(), "{result:?}");
        let names: Vec<&str> = text.split("UserScramCredentialRecord(name='").skip(1).collect();
        assert!(names.len() == 2 && names[0].starts_with("alice', mechanism=1") && names[1].starts_with("bob', mech"));
        let mut users = Vec::new();
        read_checkpoint::<LogError>(&node.0.path().join("d/bootstrap.checkpoint"), |record| {
            if let CheckpointRecord::Data(value) = record
                && let Ok((MetadataRecord::UserScramCredentialRecord(user), 0)) =
                    MetadataRecord::from_value(bytes::Bytes::copy_from_slice(value))
            {
                users.push((user.name, user.iterations));
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(users, [("alice".to_owned(), 4096), ("bob".to_owned(), 4096)]);
        let (result, _) =
            Node::controller().run(&format!("format -s -r 3.4 -S SCRAM-SHA-256=[name=a,password=b] {ID}"));
        assert!(
            matches!(result, Err(Stop::Failure(m)) if m.starts_with("SCRAM is only supported in metadata.version"))
        );
    }

    #[test]
    fn each_way_to_begin_a_quorum_names_its_directory() {
        for (options, kind) in [
            ("-N", "metadata directory"),
            ("-I 3@a:1:JEXY6aqzQY-32P5TStzaFg,4@b:2:MvDxzVmcRsaTz33bUuRU6A", "dynamic metadata voter directory"),
            ("-I 7@a:1:JEXY6aqzQY-32P5TStzaFg", "dynamic metadata directory"),
        ] {
            let (result, text) = Node::controller().run(&format!("format {options} {ID}"));
            assert!(result.is_ok(), "{result:?}");
            assert!(text.ends_with(&format!("\nFormatting {kind} DIR with metadata.version 4.3-IV0.\n")), "{text}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused_in_kafkas_words() {
        let broker = Node::new(
            "process.roles=broker\nnode.id=9\nlog.dirs=DIR\nlisteners=PLAINTEXT://127.0.0.1:9092\ncontroller.listener.names=CONTROLLER\ncontroller.quorum.bootstrap.servers=127.0.0.1:9093\n",
        );
        let fixed = Node::new(
            "process.roles=controller\nnode.id=3\nlog.dirs=DIR\nlisteners=CONTROLLER://127.0.0.1:9093\ncontroller.listener.names=CONTROLLER\ncontroller.quorum.voters=3@127.0.0.1:9093\n",
        );
        let controller = Node::controller();
        for (node, options, begin) in [
            (&broker, "-s", "You can only use --standalone on a controller."),
            (&fixed, "-s", "You cannot specify controller.quorum.voters and format the node with"),
            (&controller, "", "Because controller.quorum.voters is not set on this controller, you must specify one"),
            (
                &controller,
                "-s -f foo=1",
                "Unsupported feature: foo. Supported features are: eligible.leader.replicas.version, group.version, kraft.version, share.version, streams.version, transaction.version",
            ),
            (&controller, "-s -r 9.9", "Unknown metadata.version '9.9'. Supported metadata.version are: 3.3-IV3, "),
            (
                &controller,
                "-s -f group.version=9",
                "Exception in thread \"main\" java.lang.IllegalArgumentException: No feature:group.version with feature level 9",
            ),
            (
                &controller,
                "-s -f kraft.version=0",
                "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags --standalone,",
            ),
            (
                &fixed,
                "-f kraft.version=1",
                "Cannot set kraft.version to 1 unless controller.quorum.voters is empty and",
            ),
            (&controller, "-s -f metadata.version=20", "Use --release-version instead of --feature metadata.version=X"),
            (
                &controller,
                "-I 3@127.0.0.1",
                "Exception in thread \"main\" java.lang.IllegalArgumentException: No colon following hostname could be found.",
            ),
        ] {
            match node.run(&format!("format {options} {ID}")).0 {
                Err(Stop::Failure(message)) => assert!(message.starts_with(begin), "{options}: {message}"),
                other => panic!("{options}: {other:?}"),
            }
        }
    }
}
