//! What the paths of a dump name: files, directories of partitions, data directories, and patterns of these.

use std::io;
use std::path::{Component, Path, PathBuf};

use regex::Regex;

use crate::log::files::parse_dir_name;

/// The `.log` files of a directory with their base offsets, in order.
///
/// # Errors
/// When it cannot be listed.
pub fn segments(directory: &Path) -> io::Result<Vec<(PathBuf, i64)>> {
    let mut logs = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (Some(base), Some("log")) = (stem, path.extension().and_then(|extension| extension.to_str())) {
            logs.push((path, base));
        }
    }
    logs.sort_by_key(|(_, base)| *base);
    Ok(logs)
}

/// The partitions' directories that a directory stands for: itself if it holds segments, or those in it.
///
/// # Errors
/// When it cannot be listed.
pub fn partitions(directory: &Path) -> io::Result<Vec<PathBuf>> {
    if !segments(directory)?.is_empty() {
        return Ok(vec![directory.to_path_buf()]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let named = path.file_name().and_then(|name| name.to_str()).and_then(parse_dir_name);
        if let Some((partition, _)) = named.filter(|_| path.is_dir()) {
            found.push((partition.topic.as_str().to_owned(), partition.partition, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, _, path)| path).collect())
}

/// The paths that a pattern with `*`, `?` or `[…]` in its components stands for, in order; a path that is there, or that
/// has none of these, stands for itself.
///
/// # Errors
/// When a directory cannot be listed, or nothing goes by the pattern.
pub fn expand(pattern: &Path) -> io::Result<Vec<PathBuf>> {
    let text = pattern.to_string_lossy();
    if pattern.exists() || !text.contains(['*', '?', '[']) {
        return Ok(vec![pattern.to_path_buf()]);
    }
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let part = component.as_os_str().to_string_lossy();
        let Some(matcher) = matcher(&part).filter(|_| matches!(component, Component::Normal(_))) else {
            found.iter_mut().for_each(|path| path.push(component));
            continue;
        };
        let mut next = Vec::new();
        for path in found {
            let listed = if path.as_os_str().is_empty() { Path::new(".") } else { &path };
            if !listed.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(listed)? {
                let name = entry?.file_name();
                let text = name.to_string_lossy();
                if matcher.is_match(&text) && (part.starts_with('.') || !text.starts_with('.')) {
                    next.push(path.join(&name));
                }
            }
        }
        found = next;
    }
    found.retain(|path| path.exists());
    found.sort();
    if found.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "nothing goes by this pattern"));
    }
    Ok(found)
}

/// A component's pattern, if it is one.
fn matcher(part: &str) -> Option<Regex> {
    if !part.contains(['*', '?', '[']) {
        return None;
    }
    let mut pattern = String::from("^");
    let mut rest = part;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => pattern.push_str(".*"),
            '?' => pattern.push('.'),
            '[' if rest.get(1..).is_some_and(|behind| behind.contains(']')) => {
                let end = rest[1..].find(']').map_or(rest.len(), |at| at + 1);
                let (class, behind) = rest.split_at(end);
                let (not, class) = match class.strip_prefix(['!', '^']) {
                    Some(class) => ("^", class),
                    None => ("", class),
                };
                pattern.push_str(&format!("[{not}{}]", class.replace('\\', "\\\\").replace('[', "\\[")));
                rest = &behind[1..];
            }
            other => pattern.push_str(&regex::escape(&other.to_string())),
        }
    }
    pattern.push('$');
    Regex::new(&pattern).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: Vec<PathBuf>, below: &Path) -> Vec<String> {
        paths.into_iter().map(|path| path.strip_prefix(below).unwrap().display().to_string()).collect()
    }

    #[test]
    fn patterns_name_what_is_there_and_directories_their_partitions() {
        let dir = tempfile::tempdir().unwrap();
        for partition in ["a-0", "a-1", "a-10", "b-0", ".hidden-0"] {
            std::fs::create_dir(dir.path().join(partition)).unwrap();
            std::fs::write(dir.path().join(partition).join("00000000000000000007.log"), "").unwrap();
        }
        let at = |pattern: &str| expand(&dir.path().join(pattern)).map(|paths| names(paths, dir.path()));
        assert_eq!(at("a-?").unwrap(), ["a-0", "a-1"]);
        assert_eq!(at("[!a]-*").unwrap(), ["b-0"]);
        assert_eq!(at("*-0/*.log").unwrap(), ["a-0/00000000000000000007.log", "b-0/00000000000000000007.log"]);
        assert_eq!(at("gone").unwrap(), ["gone"], "to be told by whoever opens it");
        assert_eq!(at("c-*").unwrap_err().kind(), io::ErrorKind::NotFound);
        let all = names(partitions(dir.path()).unwrap(), dir.path());
        assert_eq!(all, [".hidden-0", "a-0", "a-1", "a-10", "b-0"], "in the order of their numbers");
        assert_eq!(segments(&dir.path().join("b-0")).unwrap()[0].1, 7);
    }
}
