//! `meta.properties`: which cluster, node and directory the files belong to (`MetaProperties`).

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::write_atomically;
use crate::log::error::{IoContext, LogError};
use crate::model::{BrokerId, Uuid};

/// The file's name.
pub const META_PROPERTIES_FILE: &str = "meta.properties";

/// The content of `meta.properties`, version 1. Keys that are not known stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaProperties {
    /// `cluster.id`.
    pub cluster_id: String,
    /// `node.id`.
    pub node_id: BrokerId,
    /// `directory.id` (KIP-858); absent in files from before 3.7.
    pub directory_id: Option<Uuid>,
    /// Every other pair, in the file's order.
    pub other: Vec<(String, String)>,
}

impl MetaProperties {
    /// Reads the file of a log directory; `None` if the directory was never formatted.
    ///
    /// # Errors
    /// [`LogError`] if the file cannot be read, lacks a key or is of another version.
    pub fn read(log_dir: &Path) -> Result<Option<MetaProperties>, LogError> {
        let path = log_dir.join(META_PROPERTIES_FILE);
        match fs::read(&path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                MetaProperties::parse(&text).map(Some).map_err(|reason| LogError::corrupt(&path, reason))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).at("read", &path),
        }
    }

    /// Replaces the file of a log directory.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write(&self, log_dir: &Path) -> Result<(), LogError> {
        write_atomically(&log_dir.join(META_PROPERTIES_FILE), self.render().as_bytes())
    }

    /// Parses the text of a version 1 file.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<MetaProperties, String> {
        let (mut version, mut cluster_id, mut node_id, mut directory_id) = (None, None, None, None);
        let mut other = Vec::new();
        for (key, value) in pairs(text) {
            match key.as_str() {
                "version" => version = Some(value),
                "cluster.id" => cluster_id = Some(value),
                "node.id" => node_id = Some(value),
                "directory.id" => directory_id = Some(value),
                _ => other.push((key, value)),
            }
        }
        match version.as_deref() {
            Some("1") => {}
            Some(v) => {
                return Err(format!(
                    "version `{v}` is not supported, expected 1 (a version 0 directory was written for ZooKeeper: upgrade it with Kafka 3 first)"
                ));
            }
            None => return Err("`version` is missing".to_owned()),
        }
        let node_id = node_id.ok_or("`node.id` is missing")?;
        let node_id = node_id.parse().map_err(|_| format!("node.id `{node_id}` is not a number"))?;
        let directory_id = directory_id.map(|id| id.parse().map_err(|e| format!("directory.id: {e}"))).transpose()?;
        let cluster_id = cluster_id.ok_or("`cluster.id` is missing")?;
        Ok(MetaProperties { cluster_id, node_id: BrokerId(node_id), directory_id, other })
    }

    /// The file's text, keys sorted.
    pub fn render(&self) -> String {
        let mut pairs = vec![
            ("version".to_owned(), "1".to_owned()),
            ("cluster.id".to_owned(), self.cluster_id.clone()),
            ("node.id".to_owned(), self.node_id.to_string()),
        ];
        pairs.extend(self.directory_id.map(|id| ("directory.id".to_owned(), id.to_string())));
        pairs.extend(self.other.iter().cloned());
        pairs.sort();
        let mut text = String::new();
        for (key, value) in pairs {
            let _ = writeln!(text, "{}={}", escape(&key, true), escape(&value, false));
        }
        text
    }
}

/// Key and value of each line of a Java properties text. Continued lines do not occur in these files.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with(['#', '!'])).map(|line| {
        let mut split = line.len();
        let mut escaped = false;
        for (at, c) in line.char_indices() {
            if !escaped && matches!(c, '=' | ':' | ' ' | '\t') {
                split = at;
                break;
            }
            escaped = c == '\\' && !escaped;
        }
        let (key, rest) = line.split_at(split);
        let rest = rest.trim_start_matches([' ', '\t']);
        let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches([' ', '\t']);
        (unescape(key), unescape(rest))
    })
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let hex: String = chars.by_ref().take(4).collect();
                let unit = u32::from_str_radix(&hex, 16).unwrap_or(0xfffd);
                out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(c) => out.push(c),
            None => {}
        }
    }
    out
}

fn escape(text: &str, key: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.chars().enumerate() {
        match c {
            '\\' | '=' | ':' | '#' | '!' => out.extend(['\\', c]),
            ' ' if key || i == 0 => out.push_str("\\ "),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM_KAFKA: &str = "#\n#Sat Nov 22 12:00:00 UTC 2026\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ\nnode.id=1\nversion=1\nsome\\:thing = else\\=where\n";

    #[test]
    fn kafkas_own_file_is_read_and_strange_keys_survive_a_rewrite() {
        let meta = MetaProperties::parse(FROM_KAFKA).unwrap();
        assert_eq!(meta.cluster_id, "MkU3OEVBNTcwNTJENDM2Qg");
        assert_eq!(meta.node_id, BrokerId(1));
        assert_eq!(meta.directory_id, Some(Uuid(1)));
        assert_eq!(meta.other, [("some:thing".to_owned(), "else=where".to_owned())]);
        assert_eq!(MetaProperties::parse(&meta.render()), Ok(meta));
    }

    #[test]
    fn what_is_missing_or_foreign_is_named() {
        assert!(MetaProperties::parse("version=1\ncluster.id=x\n").unwrap_err().contains("node.id"));
        assert!(MetaProperties::parse("version=0\n").unwrap_err().contains("version `0`"));
        assert!(MetaProperties::parse("").unwrap_err().contains("version"));
    }
}
