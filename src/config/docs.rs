//! `docs/settings.md`, written from the table.

use std::fmt::Write as _;

use super::setting::{Importance, Scope, Setting, Update};
use super::table;

/// The text of `docs/settings.md`. The repository's copy is checked by a test; `UPDATE_GOLDEN=1` rewrites it.
pub fn settings_markdown() -> String {
    let mut out = String::from(
        "# Settings\n\n\
         Written from the table in `src/config/table`; do not edit. Names, types and defaults are Apache Kafka 4.3's, but for\n\
         the few that begin with `logbus.` or are marked as logbus' own.\n\n\
         - **Change** says how a broker's setting changes: *restart*, *per broker* (dynamic, one broker at a time) or *cluster*\n  \
         (dynamic, for one broker or for all).\n\
         - *No effect* marks settings that are accepted so that Kafka's files work as they are, and named in a warning at start.\n\
         - Without a file, or with one that has no `process.roles`, a node starts alone: `node.id=1`,\n  \
         `process.roles=broker,controller`, `listeners=PLAINTEXT://127.0.0.1:9092`, `log.dirs=./logbus-data`, internal topics\n  \
         with one replica.\n",
    );
    for (scope, heading) in [
        (Scope::Broker, "Node"),
        (Scope::Topic, "Topic"),
        (Scope::Group, "Group"),
        (Scope::ClientMetrics, "Client metrics subscription"),
    ] {
        for (theme, rows) in table::themes(scope) {
            let title = if scope == Scope::Broker { format!("{heading}: {theme}") } else { (*heading).to_owned() };
            let _ = write!(
                out,
                "\n## {title}\n\n| Setting | Type | Default | Legal | Change | |\n|---|---|---|---|---|---|\n"
            );
            for setting in rows.iter().filter(|setting| !setting.internal) {
                row(&mut out, scope, setting);
            }
        }
    }
    out
}

fn row(out: &mut String, scope: Scope, setting: &Setting) {
    let default = match (setting.default, setting.required) {
        (Some(""), _) => "empty".to_owned(),
        (Some(text), _) => format!("`{text}`"),
        (None, true) => "must be set".to_owned(),
        (None, false) => "-".to_owned(),
    };
    let change = match (scope, setting.update) {
        (Scope::Broker, Update::ReadOnly) => "restart",
        (Scope::Broker, Update::PerBroker) => "per broker",
        _ => "cluster",
    };
    let change = if scope == Scope::Broker { change } else { "any time" };
    let mut doc = setting.doc.replace('|', "\\|");
    if setting.importance == Importance::High {
        doc = format!("**{doc}**");
    }
    if let Some(synonym) = setting.synonym {
        let _ = write!(doc, " Falls back to `{synonym}`.");
    }
    if setting.ignored {
        doc.push_str(" *No effect.*");
    }
    let legal = setting.valid.to_string();
    let legal = if legal.is_empty() { "-".to_owned() } else { format!("`{legal}`") };
    let kind = setting.kind.name().to_ascii_lowercase();
    let _ = writeln!(out, "| `{}` | {kind} | {default} | {legal} | {change} | {doc} |", setting.name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_page_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/settings.md");
        let fresh = settings_markdown();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == fresh, "docs/settings.md is stale: run UPDATE_GOLDEN=1 cargo test settings");
    }
}
