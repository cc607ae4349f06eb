//! A tree of names with texts at its ends, and paths with wildcards through it.

use std::collections::BTreeMap;

/// A place in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Names with what stands below each.
    Directory(BTreeMap<String, Node>),
    /// A text.
    File(String),
}

impl Node {
    /// An empty directory.
    pub const fn directory() -> Node {
        Node::Directory(BTreeMap::new())
    }

    /// Puts `node` at `path` below this one; directories on the way are made.
    pub fn put(&mut self, path: &[&str], node: Node) {
        let Some((name, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        if let Node::File(_) = self {
            *self = Node::directory();
        }
        if let Node::Directory(children) = self {
            children.entry((*name).to_owned()).or_insert_with(Node::directory).put(rest, node);
        }
    }

    /// The node below under a name.
    pub fn child(&self, name: &str) -> Option<&Node> {
        match self {
            Node::Directory(children) => children.get(name),
            Node::File(_) => None,
        }
    }

    /// The nodes below with their names, in order; none below a text.
    pub fn children(&self) -> impl Iterator<Item = (&str, &Node)> {
        let children = match self {
            Node::Directory(children) => Some(children),
            Node::File(_) => None,
        };
        children.into_iter().flatten().map(|(name, node)| (name.as_str(), node))
    }

    /// Whether names stand below it.
    pub const fn is_directory(&self) -> bool {
        matches!(self, Node::Directory(_))
    }

    /// Everything that a pattern matches, with its path from the root; `pattern` has no dots in it any more.
    pub fn glob(&self, pattern: &[String]) -> Vec<(Vec<String>, &Node)> {
        let mut found = vec![(Vec::new(), self)];
        for component in pattern {
            let mut next = Vec::new();
            for (path, node) in found {
                for (name, child) in node.children().filter(|(name, _)| matches(component, name)) {
                    next.push(([path.clone(), vec![name.to_owned()]].concat(), child));
                }
            }
            found = next;
        }
        found
    }
}

/// The components of a path that may begin at `from`, without `.` and `..`.
pub fn components(from: &[String], path: &str) -> Vec<String> {
    let mut all: Vec<String> = if path.starts_with('/') { Vec::new() } else { from.to_vec() };
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            all.pop();
        } else {
            all.push(part.to_owned());
        }
    }
    all
}

/// Whether a component with `*`, `?` and `{a,b}` matches a name.
fn matches(pattern: &str, name: &str) -> bool {
    if !pattern.contains(['*', '?', '{']) {
        return pattern == name;
    }
    let mut expression = String::from("^");
    let mut in_group = false;
    for c in pattern.chars() {
        match c {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '{' if !in_group => {
                in_group = true;
                expression.push_str("(?:");
            }
            ',' if in_group => expression.push('|'),
            '}' if in_group => {
                in_group = false;
                expression.push(')');
            }
            c => expression.push_str(&regex::escape(&c.to_string())),
        }
    }
    expression.push('$');
    // A group that is not closed is no pattern, so the text is taken as it stands.
    regex::Regex::new(&expression).map_or(pattern == name, |regex| regex.is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Node {
        let mut root = Node::directory();
        for path in [["image", "a"], ["image", "b"], ["local", "version"]] {
            root.put(&path, Node::File(path[1].to_owned()));
        }
        root
    }

    fn found(pattern: &str) -> Vec<String> {
        let tree = tree();
        tree.glob(&components(&[], pattern)).into_iter().map(|(path, _)| path.join("/")).collect()
    }

    #[test]
    fn wildcards_match_within_a_component() {
        assert_eq!(found("/image/*"), ["image/a", "image/b"]);
        assert_eq!(found("/*/{a,version}"), ["image/a", "local/version"]);
        assert_eq!(found("/image/?"), ["image/a", "image/b"]);
        assert_eq!(found("/nope"), [""; 0]);
        assert_eq!(found("/image/a/x"), [""; 0]);
        assert_eq!(found("/image/{a"), [""; 0]);
    }

    #[test]
    fn dots_lead_up_and_no_further_than_the_root() {
        let here = ["image".to_owned(), "topics".to_owned()];
        assert_eq!(components(&here, "../x/./y"), ["image", "x", "y"]);
        assert_eq!(components(&here, "../../../.."), [""; 0]);
        assert_eq!(components(&here, "/a//b"), ["a", "b"]);
    }
}
