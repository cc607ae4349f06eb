//! Completions and manual pages in the repository are those that the command table gives.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::harness::repository;

#[test]
fn completions_and_manual_pages_are_fresh() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut expected = BTreeSet::new();
    for (path, text) in logbus::cli::docs::generated().unwrap() {
        let file = repository().join(&path);
        if update {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &text).unwrap();
        }
        let there = fs::read_to_string(&file).unwrap_or_default();
        assert!(there == text, "{} is stale: run UPDATE_GOLDEN=1 cargo test --test it docs", path.display());
        expected.insert(path);
    }
    for folder in ["completions", "man"] {
        for entry in fs::read_dir(repository().join(folder)).unwrap() {
            let path = PathBuf::from(folder).join(entry.unwrap().file_name());
            if update && !expected.contains(&path) {
                fs::remove_file(repository().join(&path)).unwrap();
            } else {
                assert!(expected.contains(&path), "{} belongs to no command: remove it", path.display());
            }
        }
    }
}
