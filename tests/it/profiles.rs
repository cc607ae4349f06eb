//! Profiles: which one counts, what they forbid, and that nothing gets past them; and the links of Kafka's names.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::harness::{Broker, Ran, free_port, logbus, logbus_bin, ran};

/// Runs a command line with a folder for profiles.
fn run(home: &Path, words: &str) -> Ran {
    ran(logbus(words.split_whitespace()).env("XDG_CONFIG_HOME", home).output().unwrap())
}

#[track_caller]
fn done(home: &Path, words: &str) -> String {
    let ran = run(home, words);
    assert_eq!(ran.code, 0, "{words}: {}", ran.err);
    ran.out
}

#[test]
fn the_command_line_counts_before_a_named_profile_and_that_before_the_environment_and_that_before_the_one_in_use() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let ports: Vec<u16> = (0..4).map(|_| free_port()).collect();
    done(home, &format!("profiles create named -b 127.0.0.1:{}", ports[1]));
    done(home, &format!("profiles create used -b 127.0.0.1:{}", ports[3]));
    done(home, "profiles use used");
    let asked = |words: &str, environment: &[(&str, String)]| {
        let mut command = logbus(words.split_whitespace());
        command.env("XDG_CONFIG_HOME", home).envs(environment.iter().map(|(k, v)| (*k, v)));
        let said = ran(command.output().unwrap()).err;
        ports.iter().position(|port| said.contains(&format!("127.0.0.1:{port} "))).unwrap_or_else(|| panic!("{said}"))
    };
    let server = ("LOGBUS_BOOTSTRAP_SERVER", format!("127.0.0.1:{}", ports[2]));
    let profile = ("LOGBUS_PROFILE", "named".to_owned());
    let all = [server.clone(), profile.clone()];
    let list = "topics list --timeout 1s";
    assert_eq!(asked(&format!("{list} -b 127.0.0.1:{} -C named", ports[0]), &all), 0);
    assert_eq!(asked(&format!("{list} -C named"), std::slice::from_ref(&server)), 1);
    assert_eq!(asked(list, &all), 1);
    assert_eq!(asked(list, &[server]), 2);
    assert_eq!(asked(list, &[]), 3);
    // Kafka's tools know of profiles when the environment names one, and only then.
    let tool = format!("kafka-topics --list --bootstrap-server 127.0.0.1:{}", ports[0]);
    let mut command = logbus(tool.split_whitespace());
    command.env("XDG_CONFIG_HOME", home).env("LOGBUS_PROFILE", "nothing");
    assert_eq!(ran(command.output().unwrap()).err, "LOGBUS_PROFILE: there is no profile nothing\n");
}

#[test]
fn a_profile_is_kept_for_its_owner_and_shown_without_secrets() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("eu.properties");
    let login = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nbootstrap.servers=a:9092\n\
                 sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\\n \
                 username=\"u\" password=\"geheim\";\n";
    std::fs::write(&file, login).unwrap();
    let home = home.path();
    done(home, &format!("profiles import {} --read-only --protect prod-* --protect audit", file.display()));
    let kept = home.join("logbus/profiles/eu.properties");
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    let shown = done(home, "profiles show eu -o json");
    assert!(!shown.contains("geheim") && shown.contains("SASL_PLAINTEXT") && shown.contains("prod-*,audit"), "{shown}");
    let listed = done(home, "profiles list");
    assert!(listed.contains("read-only, protects prod-*,audit"), "{listed}");
    let again = run(home, &format!("profiles import {}", file.display()));
    assert_eq!(
        (again.code, again.err.as_str()),
        (1, "error: there is a profile eu already\nhint: --force replaces it\n")
    );
    // What could not be used is refused before it is kept.
    let wrong = run(home, "profiles create x -b a:1 --set security.protocol=SASL_SSL");
    assert!(wrong.code != 0 && wrong.err.contains("sasl.mechanism"), "{}", wrong.err);
    done(home, "profiles delete eu");
    assert!(!kept.exists());
}

#[test]
fn a_profile_forbids_changes_to_native_commands_and_to_kafka_tools_under_it() {
    let broker = Broker::start();
    let home = tempfile::tempdir().unwrap();
    let (home, at) = (home.path(), broker.bootstrap());
    done(home, &format!("topics create prod-orders test-orders -b {at}"));
    done(home, &format!("profiles create look -b {at} --read-only"));
    done(home, &format!("profiles create work -b {at} --protect prod-*"));
    done(home, "topics list -C look");
    for words in [
        "topics create other",
        "topics alter test-orders -p 3",
        "topics delete test-orders --yes",
        "configs set --topic test-orders retention.ms=1",
        "groups reset-offsets g --topic test-orders --to-earliest --execute",
        "groups delete g --yes",
        "doctor --topic test-orders --write",
        "bench produce test-orders --records 10",
    ] {
        let refused = run(home, &format!("{words} -C look"));
        assert!(refused.code != 0, "{words}");
        assert!(refused.err.contains("profile look forbids it: it is read-only"), "{words}: {}", refused.err);
        assert!(refused.err.contains("hint: choose another profile"), "{words}: {}", refused.err);
    }
    for words in [
        "topics delete prod-orders --yes",
        "groups reset-offsets prod-readers --topic test-orders --to-earliest --execute",
        "groups reset-offsets g --topic prod-orders --to-earliest --execute",
        "groups delete prod-readers --yes",
    ] {
        let refused = run(home, &format!("{words} -C work"));
        assert_eq!(refused.code, 1, "{words}: {}", refused.err);
        assert!(refused.err.contains("is protected by prod-*"), "{words}: {}", refused.err);
    }
    let tool = |profile: Option<&str>, topic: &str| {
        let words = format!("kafka-topics --bootstrap-server {at} --delete --topic {topic}");
        let mut command = logbus(words.split_whitespace());
        command.env("XDG_CONFIG_HOME", home).envs(profile.map(|profile| ("LOGBUS_PROFILE", profile)));
        ran(command.output().unwrap())
    };
    let refused = tool(Some("work"), "prod-orders");
    assert!(refused.code == 1 && refused.out.contains("is protected by prod-*"), "{}{}", refused.out, refused.err);
    assert_eq!(tool(Some("work"), "test-orders").code, 0);
    assert_eq!(tool(None, "prod-orders").code, 0);
}

#[test]
fn links_are_made_for_every_tool_and_nobody_elses_file_is_touched() {
    let home = tempfile::tempdir().unwrap();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::fs::write(bin.join("kafka-topics.sh"), "mine").unwrap();
    let words = |verb: &str| format!("links {verb} {}", bin.display());
    let tried = run(home.path(), &format!("{} --dry-run", words("install")));
    assert!(tried.code == 4 && tried.out.contains("would link ") && std::fs::read_dir(&bin).unwrap().count() == 1);
    let made = run(home.path(), &words("install"));
    assert!(made.code == 4 && made.err.contains("kafka-topics.sh is not a link to this program, and stays"));
    assert_eq!(std::fs::read_to_string(bin.join("kafka-topics.sh")).unwrap(), "mine");
    let linked = std::process::Command::new(bin.join("kafka-topics")).arg("--version").output().unwrap();
    assert!(linked.status.success());
    assert_eq!(
        std::fs::canonicalize(bin.join("kafka-storage.sh")).unwrap(),
        std::fs::canonicalize(logbus_bin()).unwrap()
    );
    assert!(done(home.path(), &words("list")).contains("something else"));
    done(home.path(), &words("remove"));
    let left: Vec<_> = std::fs::read_dir(&bin).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["kafka-topics.sh"]);
}

#[test]
fn what_only_a_jvm_can_do_says_so_in_one_sentence() {
    let version = ran(logbus(["kafka-run-class.sh", "kafka.admin.TopicCommand", "--version"]).output().unwrap());
    assert_eq!((version.code, version.err.as_str()), (0, ""), "{}", version.out);
    for name in ["connect-distributed.sh", "kafka-jmx", "trogdor.sh"] {
        let said = ran(logbus([name, "--help"]).output().unwrap());
        assert_eq!((said.code, said.out.as_str(), said.err.lines().count()), (1, "", 1), "{name}: {}", said.err);
        assert!(said.err.starts_with(name.trim_end_matches(".sh")), "{}", said.err);
    }
}
