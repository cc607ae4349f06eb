//! Habits of the Java runtime that reach the tools' output.

use crate::model::java_string_hash;

/// Puts items into the order in which a `java.util.HashMap` keyed by text yields them, given insertion order.
pub fn hash_map_order<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    by_bucket(items, 16, key);
}

/// The same for a map that was made for as many items as there are.
pub fn hash_map_order_sized<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    let buckets = u32::try_from(items.len()).unwrap_or(1 << 30).max(1).next_power_of_two();
    by_bucket(items, buckets, key);
}

fn by_bucket<T>(items: &mut [T], mut buckets: u32, key: impl Fn(&T) -> &str) {
    // A map grows when it is fuller than three quarters.
    while items.len() as u64 * 4 > u64::from(buckets) * 3 {
        buckets *= 2;
    }
    items.sort_by_key(|item| {
        let hash = java_string_hash(key(item)) as u32;
        (hash ^ (hash >> 16)) & (buckets - 1)
    });
}

/// The regular expression that tools take for a set of topics (`IncludeList`): commas separate alternatives, and the whole
/// name must match.
#[derive(Clone, Debug)]
pub struct TopicPattern(regex::Regex);

impl TopicPattern {
    /// Reads what the operator typed.
    ///
    /// # Errors
    /// When it is no regular expression.
    pub fn new(text: &str) -> Result<TopicPattern, String> {
        let text = text.trim().replace(',', "|").replace(' ', "");
        let text = text.trim_start_matches(['"', '\'']).trim_end_matches(['"', '\'']);
        match regex::Regex::new(&format!("^(?:{text})$")) {
            Ok(regex) => Ok(TopicPattern(regex)),
            Err(_) => Err(format!("{text} is an invalid regex.")),
        }
    }

    /// Whether the whole name matches.
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keys_come_in_bucket_order() {
        // As `new java.util.HashMap<>(...).keySet()` prints them.
        let mut keys = vec!["banana", "apple", "cherry", "date"];
        hash_map_order(&mut keys, |key| key);
        assert_eq!(keys, ["banana", "date", "apple", "cherry"]);
    }

    #[test]
    fn topic_patterns_match_whole_names_and_commas_are_alternatives() {
        let pattern = TopicPattern::new(" 'a, b.*' ").unwrap();
        assert!(pattern.matches("a") && pattern.matches("bcd"));
        assert!(!pattern.matches("ab") && !pattern.matches("xb"));
        assert_eq!(TopicPattern::new("(").unwrap_err(), "( is an invalid regex.");
    }
}
