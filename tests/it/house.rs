//! The import rule of `src/lib.rs`, held by reading the sources: rooms import only rooms below them, and the pure
//! rooms touch nothing that would make them impure. Unit-test modules are left out: tests may look around.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may import.
const RULE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("wire", &["model"]),
    ("config", &["model", "wire"]),
    ("log", &["model", "wire", "config"]),
    ("client", &["model", "wire", "config"]),
    ("broker::state", &["model", "wire", "config"]),
    ("broker::runtime", &["model", "wire", "config", "log", "client", "broker::state"]),
    ("broker::api", &["model", "wire", "config", "log", "client", "broker::state", "broker::runtime"]),
    ("broker::net", &["model", "wire", "config", "log", "client", "broker::state", "broker::runtime", "broker::api"]),
    (
        "broker",
        &["model", "wire", "config", "log", "client", "broker::state", "broker::runtime", "broker::api", "broker::net"],
    ),
    ("ops", &["model", "wire", "config", "log", "client"]),
    ("admin", &["model", "wire", "config", "log", "client", "ops", "broker"]),
    ("tui", &["model", "wire", "config", "client", "ops"]),
    ("sim", &["model", "wire", "config", "log", "broker::state"]),
    ("cli", &["model", "wire", "config", "log", "client", "ops", "broker", "admin", "tui", "sim"]),
];

/// What a room may not even name, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    (
        "broker::state",
        &[
            "tokio::",
            "std::fs",
            "std::net",
            "std::thread",
            "SystemTime",
            "Instant::now",
            "Timestamp::now",
            "Uuid::random",
            "new_v4",
            "Mutex",
            "RwLock",
            "parking_lot",
            "tracing::",
        ],
        "pure machines take time and ids as arguments and hand effects out as values",
    ),
    (
        "sim",
        &[
            "tokio::",
            "std::fs",
            "std::net",
            "std::thread",
            "SystemTime",
            "Instant",
            "Timestamp::now",
            "Uuid::random",
            "HashMap",
            "HashSet",
        ],
        "a seed decides everything: no clock, no file, no order by chance",
    ),
    ("log", &["tokio::", "TopicConfig", "BrokerConfig"], "the log is synchronous and knows no topics"),
    ("model", &["tokio::", "std::fs", "std::net", "tracing::"], "the vocabulary is pure values"),
    ("wire", &["tokio::", "std::fs", "std::net"], "codecs see bytes only"),
    ("config", &["tokio::", "std::fs", "std::net::Tcp"], "texts come in, typed values go out"),
];

#[test]
fn rooms_import_only_rooms_below_them() {
    let mut wrong = Vec::new();
    for file in sources() {
        let Some(room) = room_of(&file.module) else { continue };
        let allowed = RULE.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, allowed)| allowed);
        for path in imports(&file) {
            match room_of(&path) {
                Some(target) if target != room && !allowed.contains(&target.as_str()) => {
                    wrong.push(format!("{}: {room} imports {} ({target})", file.path.display(), path.join("::")));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "imports that point up:\n{}", wrong.join("\n"));
}

#[test]
fn the_rule_itself_has_no_circle_and_neither_do_the_rooms() {
    let rule: Graph = RULE
        .iter()
        .map(|(room, below)| ((*room).to_owned(), below.iter().map(|room| (*room).to_owned()).collect()))
        .collect();
    assert_eq!(circle(&rule), None, "RULE");
    let mut found = Graph::new();
    for file in sources() {
        let Some(room) = room_of(&file.module) else { continue };
        let targets =
            imports(&file).iter().filter_map(|path| room_of(path)).filter(|to| *to != room).collect::<Vec<_>>();
        found.entry(room).or_default().extend(targets);
    }
    assert_eq!(circle(&found), None, "src");
}

#[test]
fn pure_rooms_name_nothing_impure() {
    let mut wrong = Vec::new();
    for file in sources() {
        let Some(room) = room_of(&file.module) else { continue };
        for (_, words, why) in FORBIDDEN.iter().filter(|(name, ..)| *name == room) {
            for word in words.iter().filter(|word| file.code.contains(**word)) {
                wrong.push(format!("{}: {room} names {word}: {why}", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_src_is_a_room_of_the_rule() {
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() && name != "bin" {
            assert!(RULE.iter().any(|(room, _)| *room == name), "src/{name} is in no rule");
        }
    }
}

#[test]
fn the_reader_of_imports_sees_groups_supers_and_paths_in_expressions() {
    let text = r#"
        //! crate::comment
        use crate::{model::Offset, broker::{state::Machine, net}, wire};
        use super::super::cli::Thing;
        fn f() { let x = crate::log::open("crate::tui::no"); /* crate::tui::no */ }
        #[cfg(test)]
        mod tests { use crate::admin::Server; fn g() { "}" } }
        fn h() -> crate::ops::Plan { 'a'; }
    "#;
    let file = Source {
        path: PathBuf::new(),
        module: vec!["broker".into(), "api".into(), "x".into()],
        code: production_code(text),
    };
    let paths: BTreeSet<String> = imports(&file).iter().map(|path| path.join("::")).collect();
    let expected = [
        "broker::cli::Thing",
        "broker::net",
        "broker::state::Machine",
        "log::open",
        "model::Offset",
        "ops::Plan",
        "wire",
    ];
    assert_eq!(paths.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(room_of(&["broker".to_owned(), "state".to_owned(), "x".to_owned()]).as_deref(), Some("broker::state"));
}

struct Source {
    path: PathBuf,
    /// Path of the module in the crate.
    module: Vec<String>,
    /// The text without comments, literals and unit tests.
    code: String,
}

type Graph = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut files = Vec::new();
    visit(&src, &mut files);
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).unwrap().with_extension("");
            let mut module: Vec<String> = inside.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib")) {
                module.pop();
            }
            let code = production_code(&fs::read_to_string(&path).unwrap());
            Source { path: path.strip_prefix(root()).unwrap().to_owned(), module, code }
        })
        .collect()
}

/// The room of a module path: the first folder, and in the broker its floor.
fn room_of(path: &[String]) -> Option<String> {
    let first = path.first()?;
    let is_floor = |name: &String| matches!(name.as_str(), "state" | "runtime" | "api" | "net");
    match path.get(1) {
        Some(second) if first == "broker" && is_floor(second) => Some(format!("broker::{second}")),
        _ => RULE.iter().any(|(room, _)| room == first).then(|| first.clone()),
    }
}

/// Every path of this crate that a file names, from the crate's root.
fn imports(file: &Source) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (at, _) in file.code.match_indices("crate::") {
        if !file.code[..at].ends_with(is_word) {
            read_tree(&file.code[at + "crate::".len()..], Vec::new(), &mut paths);
        }
    }
    let mut rest = file.code.as_str();
    while let Some(at) = rest.find("super::") {
        let is_start = !rest[..at].ends_with(is_word) && !rest[..at].ends_with("::");
        rest = &rest[at..];
        let mut base = file.module.clone();
        while let Some(above) = rest.strip_prefix("super::") {
            rest = above;
            base.pop();
        }
        if is_start {
            read_tree(rest, base, &mut paths);
        }
    }
    paths
}

/// Reads `a::b`, `a::{b, c::d}` and the like; gives back what follows.
fn read_tree<'a>(text: &'a str, mut prefix: Vec<String>, paths: &mut Vec<Vec<String>>) -> &'a str {
    let mut text = text.trim_start();
    loop {
        if let Some(group) = text.strip_prefix('{') {
            let mut inside = group.trim_start();
            while !inside.is_empty() && !inside.starts_with('}') {
                let after = read_tree(inside, prefix.clone(), paths);
                let end = after.find([',', '}']).unwrap_or(after.len());
                inside = after[end..].trim_start_matches(',').trim_start();
            }
            return inside.strip_prefix('}').unwrap_or(inside);
        }
        let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
        if end == 0 {
            break;
        }
        prefix.push(text[..end].to_owned());
        text = &text[end..];
        match text.strip_prefix("::") {
            Some(after) => text = after,
            None => break,
        }
    }
    paths.push(prefix);
    text
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The text without comments, string and character literals, and without modules under `#[cfg(test)]`.
fn production_code(text: &str) -> String {
    let code = without_literals(text);
    let mut kept = String::with_capacity(code.len());
    let mut rest = code.as_str();
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        let after = &rest[at..];
        let open = after.find('{').unwrap_or(after.len());
        // `#[cfg(test)] use …;` ends before any brace.
        let end = match after.find(';') {
            Some(semicolon) if semicolon < open => semicolon + 1,
            _ => closing_brace(after, open),
        };
        rest = &after[end..];
    }
    kept.push_str(rest);
    kept
}

fn closing_brace(text: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (at, c) in text[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return open + at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn without_literals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let raw = rest.strip_prefix('r').map(|tail| tail.len() - tail.trim_start_matches('#').len());
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = &rest[rest.find("*/").map_or(rest.len(), |end| end + 2)..];
        } else if let Some(hashes) = raw.filter(|&n| !out.ends_with(is_word) && rest[1 + n..].starts_with('"')) {
            let close = format!("\"{}", "#".repeat(hashes));
            let body = &rest[hashes + 2..];
            rest = &body[body.find(&close).map_or(body.len(), |end| end + close.len())..];
        } else if c == '"' {
            rest = &rest[string_end(rest)..];
        } else if let Some(length) = char_literal(rest) {
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return at + 1,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The length of a character literal here; `None` for lifetimes and everything else.
fn char_literal(text: &str) -> Option<usize> {
    let body = text.strip_prefix('\'')?;
    if let Some(escape) = body.strip_prefix('\\') {
        let skipped = escape.chars().next()?.len_utf8();
        return Some(2 + skipped + escape[skipped..].find('\'')? + 1);
    }
    let length = body.chars().next()?.len_utf8();
    body[length..].starts_with('\'').then_some(length + 2)
}

/// A circle in the graph, as the rooms on it.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    fn walk(graph: &Graph, room: &str, trail: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        if let Some(start) = trail.iter().position(|known| known == room) {
            trail.drain(..start);
            return true;
        }
        if !done.insert(room.to_owned()) {
            return false;
        }
        trail.push(room.to_owned());
        if graph.get(room).into_iter().flatten().any(|next| walk(graph, next, trail, done)) {
            return true;
        }
        trail.pop();
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|room| {
        let mut trail = Vec::new();
        walk(graph, room, &mut trail, &mut done).then_some(trail)
    })
}
