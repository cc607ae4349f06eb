//! Habits of the Java runtime that reach the tools' output.

use crate::model::java_string_hash;

/// Puts items into the order in which a `java.util.HashMap` keyed by text yields them, given insertion order.
pub fn hash_map_order<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    let mut buckets: u32 = 16;
    // A map grows when it is fuller than three quarters.
    while items.len() as u64 * 4 > u64::from(buckets) * 3 {
        buckets *= 2;
    }
    items.sort_by_key(|item| {
        let hash = java_string_hash(key(item)) as u32;
        (hash ^ (hash >> 16)) & (buckets - 1)
    });
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
}
