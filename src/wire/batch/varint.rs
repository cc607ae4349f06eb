//! Zig-zag variable-length integers, as records use them (`ByteUtils.readVarint` and kin).

/// Appends a zig-zag varint of up to five bytes.
pub fn write_varint(out: &mut Vec<u8>, value: i32) {
    write_unsigned(out, u64::from(((value << 1) ^ (value >> 31)) as u32));
}

/// Appends a zig-zag varlong of up to ten bytes.
pub fn write_varlong(out: &mut Vec<u8>, value: i64) {
    write_unsigned(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// The bytes that [`write_varint`] takes.
pub const fn varint_len(value: i32) -> usize {
    unsigned_len(((value << 1) ^ (value >> 31)) as u32 as u64)
}

/// The bytes that [`write_varlong`] takes.
pub const fn varlong_len(value: i64) -> usize {
    unsigned_len(((value << 1) ^ (value >> 63)) as u64)
}

/// Takes a zig-zag varint off the front; `None` if it is cut short or longer than five bytes.
pub fn read_varint(input: &mut &[u8]) -> Option<i32> {
    let raw = u32::try_from(read_unsigned(input, 5)?).ok()?;
    Some(((raw >> 1) as i32) ^ -((raw & 1) as i32))
}

/// Takes a zig-zag varlong off the front; `None` if it is cut short or longer than ten bytes.
pub fn read_varlong(input: &mut &[u8]) -> Option<i64> {
    let raw = read_unsigned(input, 10)?;
    Some(((raw >> 1) as i64) ^ -((raw & 1) as i64))
}

const fn unsigned_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

fn write_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_unsigned(input: &mut &[u8], max_bytes: usize) -> Option<u64> {
    let mut value = 0u64;
    for (i, &byte) in input.iter().take(max_bytes).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * i as u32)?;
        if byte < 0x80 {
            *input = &input[i + 1..];
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_and_has_the_announced_length(v in any::<i32>(), w in any::<i64>()) {
            let mut out = Vec::new();
            write_varint(&mut out, v);
            prop_assert_eq!(out.len(), varint_len(v));
            write_varlong(&mut out, w);
            prop_assert_eq!(out.len(), varint_len(v) + varlong_len(w));
            let mut rest = out.as_slice();
            prop_assert_eq!(read_varint(&mut rest), Some(v));
            prop_assert_eq!(read_varlong(&mut rest), Some(w));
            prop_assert!(rest.is_empty());
        }
    }

    #[test]
    fn endless_and_cut_integers_are_refused() {
        assert_eq!(read_varint(&mut [0xff_u8; 6].as_slice()), None);
        assert_eq!(read_varlong(&mut [0xff_u8; 11].as_slice()), None);
        assert_eq!(read_varint(&mut [0x80_u8].as_slice()), None);
        assert_eq!(read_varint(&mut [].as_slice()), None);
    }
}
