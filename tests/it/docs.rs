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

/// The words of an example: up to where the shell goes on to something else, or a remark begins.
fn words(line: &str) -> Vec<String> {
    let line = line.split("   ").next().unwrap_or_default();
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            ';' | '>' if !quoted => {
                words.push(std::mem::take(&mut word));
                break;
            }
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    if let Some(end) = words.iter().position(|word| word == "&&") {
        words.truncate(end);
    }
    words
}

fn examples(command: &clap::Command, found: &mut Vec<String>) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    found.extend(help.lines().filter(|line| line.starts_with("  logbus ")).map(|line| line.trim().to_owned()));
    command.get_subcommands().for_each(|sub| examples(sub, found));
}

#[test]
fn every_example_in_a_help_text_is_a_command_line_that_is_taken() {
    let mut lines = Vec::new();
    examples(&logbus::cli::command(), &mut lines);
    assert!(lines.len() > 20, "{lines:?}");
    for line in lines {
        let parsed = logbus::cli::command().try_get_matches_from(words(&line));
        assert!(parsed.is_ok(), "{line}\n{}", parsed.unwrap_err());
    }
}
