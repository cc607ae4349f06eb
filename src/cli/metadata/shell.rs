//! `logbus metadata shell`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::cli::converse::converse;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Format, Output, say};
use crate::ops::metadata_tree::{Node, Reply, Shell, components, load};

/// Walk the state that a metadata log or snapshot holds, without a broker
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A .log or .checkpoint file of __cluster_metadata-0, of logbus or of Apache Kafka
    #[arg(short, long, value_name = "FILE")]
    snapshot: PathBuf,
    /// ls, cat, find or tree with paths, and no more; without it asks for commands
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let root = load(&self.snapshot, env!("CARGO_PKG_VERSION"), "unknown").map_err(|e| {
            let hint = "--snapshot takes a .log or .checkpoint file below __cluster_metadata-0 of metadata.log.dir";
            CliError::failed(format!("cannot read {}: {e}", self.snapshot.display())).with_hint(hint)
        })?;
        match self.output.format {
            Format::Json | Format::Yaml => return self.document(&root),
            Format::Table | Format::Wide => {}
            _ => {
                return Err(CliError::usage("the shell's answers are text, json or yaml")
                    .with_hint("leave out -o, or write -o json"));
            }
        }
        let mut shell = Shell::new(root, self.command.is_empty());
        if self.command.is_empty() {
            let prompt = if std::io::stdin().is_terminal() { ">> " } else { "" };
            converse(&mut shell, prompt, &mut std::io::stdin().lock(), &mut std::io::stdout().lock())?;
            return Ok(Exit::Done);
        }
        match shell.run(&self.command) {
            Reply::Text(text) => say(&text)?,
            Reply::Exit => {}
        }
        Ok(Exit::Done)
    }

    /// The paths of a `tree` or `cat` as one document, by path.
    fn document(&self, root: &Node) -> Result<Exit, CliError> {
        let paths = match self.command.split_first() {
            None => vec!["/".to_owned()],
            Some((name, paths)) if matches!(name.as_str(), "tree" | "cat") && !paths.is_empty() => paths.to_vec(),
            Some(_) => return Err(CliError::usage("-o json goes with `tree PATH…` or `cat PATH…`")),
        };
        let mut found = Map::new();
        for path in &paths {
            for (at, node) in root.glob(&components(&[], path)) {
                found.insert(format!("/{}", at.join("/")), value(node));
            }
        }
        if found.is_empty() {
            return Err(CliError::failed(format!("there is nothing at {}", paths.join(", "))));
        }
        self.output.document("metadata", &Value::Object(found))?;
        Ok(Exit::Done)
    }
}

fn value(node: &Node) -> Value {
    match node {
        Node::File(text) => Value::String(text.clone()),
        Node::Directory(_) => {
            Value::Object(node.children().map(|(name, child)| (name.to_owned(), value(child))).collect())
        }
    }
}
