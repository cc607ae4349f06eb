//! A minute of chaos: `tests/chaos/run.py` with real clients, every kind of fault once, and the checker's verdict.
//!
//! `LOGBUS_CHAOS_SEED` chooses another run than the one that every change must pass.

use std::process::{Command, Stdio};

use crate::harness::{logbus_bin, repository, skip};

/// What the program ends with where it cannot run.
const CANNOT: i32 = 77;

#[test]
fn a_minute_of_faults_loses_doubles_and_reorders_nothing() {
    let seed = std::env::var("LOGBUS_CHAOS_SEED").unwrap_or_else(|_| "1".to_owned());
    let mut chaos = Command::new("python3");
    chaos.arg(repository().join("tests/chaos/run.py")).arg("--logbus").arg(logbus_bin());
    chaos.args(["--minutes", "1", "--partitions", "10", "--rate", "25", "--seed", &seed]);
    let Ok(output) = chaos.stdin(Stdio::null()).output() else { return skip("a minute of chaos", "no python3") };
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(CANNOT) => skip("a minute of chaos", why.trim()),
        Some(0) => assert!(said.contains("chaos: green"), "{said}{why}"),
        code => panic!("exit code {code:?}\n{said}{why}"),
    }
}
