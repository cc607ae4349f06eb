//! The program: picks the face by name or first word, turns the outcome into an exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use logbus::cli::kafka;

fn main() -> ExitCode {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    // The name of a Kafka tool, as the program's own name or as its first word, chooses the Kafka dialect.
    for _ in 0..2 {
        if words.is_empty() {
            break;
        }
        let word = words.remove(0);
        if let Some(name) = word.to_str().filter(|name| kafka::is_tool(name)) {
            return kafka::run(name, words);
        }
    }
    eprintln!("error: no such command");
    ExitCode::from(2)
}
