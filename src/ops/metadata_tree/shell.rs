//! The commands of `kafka-metadata-shell` over a tree: each takes words and gives text.

use std::fmt::Write as _;

use super::node::{Node, components};

/// A command: its name, what may follow it, and what it does.
struct Command {
    name: &'static str,
    takes: &'static str,
    about: &'static str,
    /// Whether it makes sense only where several commands follow each other.
    interactive: bool,
}

const fn command(name: &'static str, takes: &'static str, about: &'static str, interactive: bool) -> Command {
    Command { name, takes, about, interactive }
}

const COMMANDS: [Command; 10] = [
    command("cat", "FILE...", "Show the text of files.", false),
    command("cd", "[DIRECTORY]", "Go to a directory; to the root without one.", true),
    command("exit", "", "Leave the shell.", true),
    command("find", "[PATH...]", "List everything below a path, one a line.", false),
    command("help", "", "Show the commands.", true),
    command("history", "[COUNT]", "Show the commands that were typed.", true),
    command("ls", "[PATH...]", "List directories.", false),
    command("man", "COMMAND", "Show what a command takes.", true),
    command("pwd", "", "Show the directory where the shell is.", true),
    command("tree", "PATH...", "Show everything below a path, with the texts of files.", false),
];

/// A place in a tree, and what was typed.
#[derive(Debug)]
pub struct Shell {
    root: Node,
    here: Vec<String>,
    history: Vec<String>,
    interactive: bool,
}

/// What a command line came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Text, perhaps empty.
    Text(String),
    /// The end.
    Exit,
}

impl Shell {
    /// A shell at the root. One that is not interactive knows only the commands that stand alone.
    pub const fn new(root: Node, interactive: bool) -> Shell {
        Shell { root, here: Vec::new(), history: Vec::new(), interactive }
    }

    /// The tree.
    pub const fn root(&self) -> &Node {
        &self.root
    }

    /// Runs a line.
    pub fn line(&mut self, line: &str) -> Reply {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            return Reply::Text(String::new());
        }
        self.history.push(line.trim().to_owned());
        self.run(&words)
    }

    /// Runs a command that is split into words already.
    pub fn run(&mut self, words: &[String]) -> Reply {
        let Some((name, args)) = words.split_first() else { return Reply::Text(String::new()) };
        let known = || COMMANDS.iter().filter(|command| self.interactive || !command.interactive);
        let Some(command) = known().find(|command| command.name == name) else {
            let names: Vec<String> = known().map(|command| format!("'{}'", command.name)).collect();
            return Reply::Text(format!("invalid choice: '{name}' (choose from {})\n", names.join(", ")));
        };
        if args.iter().any(|arg| arg == "-h" || arg == "--help") {
            return Reply::Text(manual(command));
        }
        if args.is_empty() && matches!(command.name, "cat" | "man" | "tree") {
            return Reply::Text("too few arguments\n".to_owned());
        }
        Reply::Text(match command.name {
            "cat" => self.cat(args),
            "cd" => self.cd(args),
            "find" => self.find(args),
            "help" => help(),
            "history" => self.history(args),
            "ls" => self.ls(args),
            "man" => man(&args[0]),
            "pwd" => format!("/{}\n", self.here.join("/")),
            "tree" => self.tree(args),
            _ => return Reply::Exit,
        })
    }

    fn glob(&self, path: &str) -> Vec<(Vec<String>, &Node)> {
        self.root.glob(&components(&self.here, path))
    }

    fn cat(&self, targets: &[String]) -> String {
        let mut out = String::new();
        for target in targets {
            let found = self.glob(target);
            if found.is_empty() {
                let _ = writeln!(out, "cat: {target}: No such file or directory.");
            }
            for (_, node) in found {
                match node {
                    Node::File(text) => out.push_str(&format!("{text}\n")),
                    Node::Directory(_) => out.push_str(&format!("cat: {target}: Is a directory\n")),
                }
            }
        }
        out
    }

    fn cd(&mut self, args: &[String]) -> String {
        let target = args.first().map_or("/", String::as_str);
        let found = self.glob(target);
        match found.first() {
            None => format!("cd: {target}: no such directory.\n"),
            Some((_, node)) if !node.is_directory() => format!("cd: {target}: not a directory.\n"),
            Some((path, _)) => {
                self.here = path.clone();
                String::new()
            }
        }
    }

    fn find(&self, args: &[String]) -> String {
        let here = [".".to_owned()];
        let mut out = String::new();
        for target in if args.is_empty() { &here } else { args } {
            let found = self.glob(target);
            if found.is_empty() {
                let _ = writeln!(out, "find: {target}: no such file or directory.");
            }
            for (path, node) in found {
                let path: String = path.iter().map(|part| format!("/{part}")).collect();
                find_below(&path, node, &mut out);
            }
        }
        out
    }

    fn ls(&self, args: &[String]) -> String {
        let here = [".".to_owned()];
        let (mut out, mut files, mut directories) = (String::new(), Vec::new(), Vec::new());
        for target in if args.is_empty() { &here } else { args } {
            let found = self.glob(target);
            if found.is_empty() {
                let _ = writeln!(out, "ls: {target}: no such file or directory.");
            }
            for (path, node) in found {
                let name = path.last().cloned().unwrap_or_else(|| "/".to_owned());
                if node.is_directory() {
                    directories.push((name, node));
                } else {
                    files.push(name);
                }
            }
        }
        files.iter().for_each(|name| out.push_str(&format!("{name}\n")));
        let with_names = files.len() + directories.len() > 1;
        let mut is_first = files.is_empty();
        for (name, node) in directories {
            let gap = if is_first { "" } else { "\n" };
            is_first = is_first && !with_names;
            if node.children().next().is_none() {
                continue;
            }
            if with_names {
                let _ = writeln!(out, "{gap}{name}:");
            }
            node.children().for_each(|(name, _)| out.push_str(&format!("{name}\n")));
        }
        out
    }

    fn tree(&self, targets: &[String]) -> String {
        let mut out = String::new();
        for target in targets {
            let found = self.glob(target);
            if found.is_empty() {
                let _ = writeln!(out, "tree: {target}: No such file or directory.");
            }
            found.into_iter().for_each(|(_, node)| tree_below(0, node, &mut out));
        }
        out
    }

    fn history(&self, args: &[String]) -> String {
        let count = match args.first().map(|word| word.parse::<usize>()) {
            None => self.history.len(),
            Some(Ok(count)) => count,
            Some(Err(_)) => return format!("history: {}: not a number.\n", args[0]),
        };
        let from = self.history.len().saturating_sub(count);
        let numbered = self.history.iter().enumerate().skip(from);
        numbered.map(|(at, line)| format!("{at:5}  {line}\n")).collect()
    }
}

fn find_below(path: &str, node: &Node, out: &mut String) {
    let _ = writeln!(out, "{}", if path.is_empty() { "/" } else { path });
    node.children().for_each(|(name, child)| find_below(&format!("{path}/{name}"), child, out));
}

fn tree_below(depth: usize, node: &Node, out: &mut String) {
    let indent = 2 * depth;
    match node {
        Node::File(text) => out.push_str(&format!("{:indent$}{text}\n", "")),
        Node::Directory(children) => {
            for (name, child) in children {
                let _ = writeln!(out, "{:indent$}{name}:", "");
                tree_below(depth + 1, child, out);
            }
        }
    }
}

fn manual(command: &Command) -> String {
    format!(
        "{}: {}\nusage: {}\n",
        command.name,
        command.about,
        format!("{} {}", command.name, command.takes).trim_end()
    )
}

fn man(name: &str) -> String {
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => manual(command),
        None => format!("man: unknown command {name}. Type help to get a list of commands.\n"),
    }
}

fn help() -> String {
    let lines = COMMANDS.iter().map(|command| format!("  {:8} {}\n", command.name, command.about));
    format!("The metadata shell walks the state of the cluster's metadata log.\n\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(interactive: bool) -> Shell {
        let mut root = Node::directory();
        root.put(&["image", "provenance"], Node::File("offset 1".into()));
        root.put(&["image", "topics", "byName", "t", "id"], Node::File("x".into()));
        root.put(&["image", "acls"], Node::directory());
        root.put(&["local", "version"], Node::File("1".into()));
        Shell::new(root, interactive)
    }

    fn said(shell: &mut Shell, line: &str) -> String {
        match shell.line(line) {
            Reply::Text(text) => text,
            Reply::Exit => "EXIT".to_owned(),
        }
    }

    #[test]
    fn commands_answer_as_kafkas_do() {
        let mut shell = shell(true);
        for (line, expected) in [
            ("ls", "image\nlocal\n"),
            ("ls /image/*", "provenance\n\ntopics:\nbyName\n"),
            ("ls /nope", "ls: /nope: no such file or directory.\n"),
            ("cat /image", "cat: /image: Is a directory\n"),
            ("cat /nope", "cat: /nope: No such file or directory.\n"),
            ("cd nope", "cd: nope: no such directory.\n"),
            ("cd image/provenance", "cd: image/provenance: not a directory.\n"),
            ("cd image", ""),
            ("pwd", "/image\n"),
            ("cat provenance", "offset 1\n"),
            ("find topics", "/image/topics\n/image/topics/byName\n/image/topics/byName/t\n/image/topics/byName/t/id\n"),
            ("tree ../local", "version:\n  1\n"),
            ("", ""),
            (
                "frob",
                "invalid choice: 'frob' (choose from 'cat', 'cd', 'exit', 'find', 'help', 'history', 'ls', 'man', 'pwd', 'tree')\n",
            ),
            ("history 2", "   12  frob\n   13  history 2\n"),
            ("exit", "EXIT"),
        ] {
            assert_eq!(said(&mut shell, line), expected, "{line}");
        }
    }

    #[test]
    fn one_command_alone_is_one_of_four() {
        let mut shell = shell(false);
        assert_eq!(said(&mut shell, "pwd"), "invalid choice: 'pwd' (choose from 'cat', 'find', 'ls', 'tree')\n");
        assert_eq!(said(&mut shell, "find /local"), "/local\n/local/version\n");
    }
}
