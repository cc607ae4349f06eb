//! Java's random numbers: with a fixed seed Kafka's tools send the same bytes on every run, and so do ours.

/// `java.util.SplittableRandom`.
#[derive(Clone, Debug)]
pub struct SplittableRandom(u64);

impl SplittableRandom {
    /// The sequence of a seed.
    pub const fn new(seed: u64) -> SplittableRandom {
        SplittableRandom(seed)
    }

    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 33)).wrapping_mul(0x62a9_d9ed_7997_05f5);
        ((z ^ (z >> 28)).wrapping_mul(0xcb24_d0a5_c88c_35b3) >> 32) as u32
    }

    /// A number below `bound`, which is from 1 to 2³¹ - 1.
    #[inline]
    pub fn below(&mut self, bound: u32) -> u32 {
        let word = self.next();
        if bound.is_power_of_two() {
            return word & (bound - 1);
        }
        let mut u = word >> 1;
        loop {
            let r = u % bound;
            // Java's sum overflows for what lies in the last, incomplete round of numbers.
            if u + (bound - 1) - r <= i32::MAX as u32 {
                return r;
            }
            u = self.next() >> 1;
        }
    }
}

/// `java.util.Random`.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    const MASK: u64 = (1 << 48) - 1;

    /// The sequence of a seed.
    pub const fn new(seed: u64) -> Random {
        Random((seed ^ 0x5_DEEC_E66D) & Random::MASK)
    }

    fn next31(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(0x5_DEEC_E66D).wrapping_add(0xB) & Random::MASK;
        (self.0 >> 17) as u32
    }

    /// A number below `bound`, which is from 1 to 2³¹ - 1.
    pub fn below(&mut self, bound: u32) -> u32 {
        let mut u = self.next31();
        if bound.is_power_of_two() {
            return ((u64::from(bound) * u64::from(u)) >> 31) as u32;
        }
        loop {
            let r = u % bound;
            if u - r + (bound - 1) <= i32::MAX as u32 {
                return r;
            }
            u = self.next31();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequences_are_javas() {
        let mut split = SplittableRandom::new(0);
        let letters: String = (0..32).map(|_| char::from(b'A' + split.below(26) as u8)).collect();
        assert_eq!(letters, "YQHHNEBSEPDNSEIFGAMSUJXKOLTXSPLG");
        let mut random = Random::new(0);
        let letters: String = (0..32).map(|_| char::from(b'A' + random.below(26) as u8)).collect();
        assert_eq!(letters, "SSXVNJHPDQDXVCRASTVYBCWVMGNYKRXV");
        assert_eq!((0..4).map(|_| random.below(16)).collect::<Vec<_>>(), [1, 4, 10, 4]);
    }
}
