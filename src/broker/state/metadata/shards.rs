//! A map that many versions share.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

/// Enough that one shard of 100,000 topics is small, few enough that copying the spine costs a microsecond or two.
const SHARDS: usize = 256;

/// Zero keys: the order of a map must not differ from run to run.
type Shard<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// A hash map in 256 reference-counted shards. A clone shares all of them; a change to a shared map copies one shard and
/// the spine, a change to an unshared map copies nothing.
#[derive(Clone, Debug)]
pub struct Shards<K, V> {
    spine: Arc<[Arc<Shard<K, V>>]>,
    len: usize,
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        let empty = Arc::new(Shard::default());
        Shards { spine: (0..SHARDS).map(|_| Arc::clone(&empty)).collect(), len: 0 }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Shards<K, V> {
    fn place<Q: Hash + ?Sized>(key: &Q) -> usize {
        let mut hasher = DefaultHasher::default();
        key.hash(&mut hasher);
        // The inner map uses the low bits of the same hash; the high ones keep its buckets spread.
        (hasher.finish() >> 56) as usize % SHARDS
    }

    fn shard_mut<Q: Hash + ?Sized>(&mut self, key: &Q) -> &mut Shard<K, V> {
        let at = Self::place(key);
        Arc::make_mut(&mut Arc::make_mut(&mut self.spine)[at])
    }

    /// The value of `key`.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.spine[Self::place(key)].get(key)
    }

    /// Whether there is a value for `key`.
    pub fn contains_key<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// The value of `key`, to be changed in this version only.
    pub fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        if !self.contains_key(key) {
            return None; // copying a shard to find nothing would be waste
        }
        self.shard_mut(key).get_mut(key)
    }

    /// Sets the value of `key` and gives back the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let old = self.shard_mut(&key).insert(key, value);
        self.len += usize::from(old.is_none());
        old
    }

    /// Takes `key` out.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        if !self.contains_key(key) {
            return None;
        }
        let old = self.shard_mut(key).remove(key);
        self.len -= usize::from(old.is_some());
        old
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All pairs, in an order that depends on the keys alone.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.spine.iter().flat_map(|shard| shard.iter())
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The pairs of `self` that `other` has not, or has with a different value. Shared shards are not looked into.
    pub fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (&'a K, &'a V)>
    where
        V: PartialEq,
    {
        self.spine
            .iter()
            .zip(other.spine.iter())
            .filter(|(mine, theirs)| !Arc::ptr_eq(mine, theirs))
            .flat_map(|(mine, theirs)| mine.iter().filter(move |(key, value)| theirs.get(*key) != Some(*value)))
    }
}

impl<K: Hash + Eq + Clone, V: Clone + PartialEq> PartialEq for Shards<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.differences(other).next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_older_version_keeps_what_it_had(steps in prop::collection::vec((0u16..64, prop::option::of(any::<u8>())), 1..200)) {
            let mut map: Shards<u16, u8> = Shards::default();
            let mut model = BTreeMap::new();
            let mut versions = Vec::new();
            for (key, value) in steps {
                versions.push((map.clone(), model.clone()));
                match value {
                    Some(value) => prop_assert_eq!(map.insert(key, value), model.insert(key, value)),
                    None => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                }
            }
            for (map, model) in versions {
                prop_assert_eq!(map.len(), model.len());
                let listed: BTreeMap<u16, u8> = map.iter().map(|(k, v)| (*k, *v)).collect();
                prop_assert_eq!(listed, model);
            }
        }
    }

    #[test]
    fn a_version_that_differs_in_one_key_differs_in_that_key_only() {
        let mut old: Shards<u32, u32> = Shards::default();
        for key in 0..10_000 {
            old.insert(key, key);
        }
        let mut new = old.clone();
        new.insert(77, 1);
        assert_eq!(new.differences(&old).collect::<Vec<_>>(), [(&77, &1)]);
        assert_ne!(new, old);
    }
}
