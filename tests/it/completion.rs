//! Completion, as shells do it: the script that `logbus completions` prints, sourced by the shell, against a broker.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::harness::{Broker, logbus, logbus_bin, ran, skip};

/// A place to complete in: a folder in which the program is `logbus` and a Kafka-named tool, and a home of its own.
struct Desk {
    directory: tempfile::TempDir,
    broker: Broker,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { directory: tempfile::tempdir().unwrap(), broker: Broker::start() };
        let bin = desk.directory.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        for name in ["logbus", "kafka-topics.sh"] {
            std::os::unix::fs::symlink(logbus_bin(), bin.join(name)).unwrap();
        }
        for line in [
            "topics create clicks click-rates orders",
            "groups reset-offsets billing --topic orders --to-earliest --execute",
            "profiles create production -b 127.0.0.1:1",
        ] {
            let made = desk.command("logbus", &line.split(' ').collect::<Vec<_>>()).output().unwrap();
            assert!(made.status.success(), "{line}: {}", String::from_utf8_lossy(&made.stderr));
        }
        desk
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = logbus([] as [&str; 0]);
        let kept: Vec<_> =
            command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
        let path = format!("{}:{}", self.directory.path().join("bin").display(), std::env::var("PATH").unwrap());
        command = if program == "logbus" { Command::new(logbus_bin()) } else { Command::new(program) };
        for (name, value) in kept {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.args(args).env("PATH", path).env("LOGBUS_BOOTSTRAP_SERVER", self.broker.bootstrap());
        command.env("HOME", self.directory.path()).env("XDG_CONFIG_HOME", self.directory.path().join("config"));
        command.env("XDG_CACHE_HOME", self.directory.path().join("cache")).stdin(Stdio::null());
        command
    }

    /// What a shell offers at the end of a line; nothing on stderr.
    fn offers(&self, shell: &str, line: &str) -> Vec<String> {
        let script = match shell {
            "bash" => {
                r#"source <(logbus completions bash)
                COMP_LINE="$1" COMP_POINT="${#1}" COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
                _logbus 2>/dev/null
                printf '%s\n' "${COMPREPLY[@]}""#
            }
            "zsh" => {
                r#"compdef() { }
                source <(logbus completions zsh)
                _describe() { print -l -- "${(@)${(P)2}%%:*}" }
                _files() { print -- FILES }
                words=("${(@s: :)1}") CURRENT=$#words
                _logbus"#
            }
            _ => r"logbus completions fish | source; complete -C $argv[1] | string split -f1 \t",
        };
        let args: Vec<&str> = match shell {
            "bash" => vec!["-c", script, "bash", line],
            "zsh" => vec!["-fc", script, "zsh", line],
            _ => vec!["--no-config", "-c", script, line],
        };
        let ran = ran(self.command(shell, &args).output().unwrap());
        assert_eq!(ran.err, "", "{shell}: {line}");
        ran.out.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

#[test]
fn shells_complete_what_the_cluster_has() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        if Command::new(shell).arg("--version").stdout(Stdio::null()).status().is_err() {
            skip("shells_complete_what_the_cluster_has", &format!("no {shell}"));
            continue;
        }
        for (line, expected) in [
            ("logbus top", &["topics", "top"][..]),
            ("logbus topics describe cl", &["click-rates", "clicks"]),
            ("logbus topics describe clicks o", &["orders"]),
            ("logbus groups describe bil", &["billing"]),
            ("logbus brokers describe ", &["1"]),
            ("logbus topics list -C prod", &["production"]),
            ("logbus configs set --topic clicks segment.j", &["segment.jitter.ms="]),
            ("kafka-topics.sh --describe --topic cl", &["click-rates", "clicks"]),
            ("kafka-topics.sh --unav", &["--unavailable-partitions"]),
        ] {
            let mut expected: Vec<&str> = expected.to_vec();
            expected.sort_unstable();
            let mut offers = Vec::new();
            // A machine with much to do is too late at times, and then there is nothing to offer.
            for _ in 0..5 {
                offers = desk.offers(shell, line);
                offers.sort();
                if offers == expected {
                    break;
                }
            }
            assert_eq!(offers, expected, "{shell}: {line}");
        }
    }
    // Bash takes `=` for the end of a word.
    assert_eq!(desk.offers("bash", "logbus configs describe --topic=cl"), ["click-rates", "clicks"]);
    // The cluster that the line names counts, and one that is not there is silence, soon.
    let begun = Instant::now();
    assert_eq!(desk.offers("bash", "logbus topics describe -b 127.0.0.1:1 cl"), [] as [&str; 0]);
    assert_eq!(desk.offers("bash", "logbus topics describe -b 192.0.2.1:9092 cl"), [] as [&str; 0]);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    // What was asked for a moment ago needs no cluster.
    let cached = desk.directory.path().join("cache/logbus/complete");
    assert!(cached.read_dir().unwrap().count() > 2, "nothing is kept in {}", cached.display());
}
