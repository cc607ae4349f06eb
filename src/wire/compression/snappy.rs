//! Snappy as `snappy-java` frames it (xerial): a header, then blocks with their length before them.

use super::{Codec, CompressionError};

/// `0x82 SNAPPY 0x00`.
const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
/// The magic, version 1 and lowest compatible version 1.
const HEADER: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
const BLOCK: usize = 32 << 10;

fn corrupt(reason: impl ToString) -> CompressionError {
    CompressionError::corrupt(Codec::Snappy, reason)
}

pub(super) fn compress(input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError> {
    let mut encoder = snap::raw::Encoder::new();
    out.extend_from_slice(&HEADER);
    for block in input.chunks(BLOCK) {
        let start = out.len();
        out.resize(start + 4 + snap::raw::max_compress_len(block.len()), 0);
        let n = encoder.compress(block, &mut out[start + 4..]).map_err(corrupt)?;
        out[start..start + 4].copy_from_slice(&(n as u32).to_be_bytes());
        out.truncate(start + 4 + n);
    }
    Ok(())
}

pub(super) fn decompress(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), CompressionError> {
    let start = out.len();
    let result = unpack(input, limit, out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

fn unpack(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), CompressionError> {
    let start = out.len();
    let mut decoder = snap::raw::Decoder::new();
    // Some clients (Sarama of old, kafka-python without framing) send one bare block.
    if !input.starts_with(&MAGIC) {
        return unpack_block(&mut decoder, input, limit, out);
    }
    let mut rest = input;
    while !rest.is_empty() {
        // Streams may be joined: a new header can stand where a length is expected.
        if rest.starts_with(&MAGIC) {
            rest = rest.get(HEADER.len()..).ok_or_else(|| corrupt("the stream header is cut short"))?;
            continue;
        }
        let (len, tail) = rest.split_first_chunk::<4>().ok_or_else(|| corrupt("a block length is cut short"))?;
        let len = u32::from_be_bytes(*len) as usize;
        let (block, tail) = tail.split_at_checked(len).ok_or_else(|| corrupt("a block is cut short"))?;
        let left = limit - (out.len() - start);
        unpack_block(&mut decoder, block, left, out).map_err(|e| match e {
            CompressionError::TooLarge { codec, .. } => CompressionError::TooLarge { codec, limit },
            e => e,
        })?;
        rest = tail;
    }
    Ok(())
}

fn unpack_block(
    decoder: &mut snap::raw::Decoder,
    block: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), CompressionError> {
    let len = snap::raw::decompress_len(block).map_err(corrupt)?;
    if len > limit {
        return Err(CompressionError::TooLarge { codec: Codec::Snappy, limit });
    }
    // Snappy makes at most about 22 bytes of one (a copy of 64 takes three), so a larger promise is a lie.
    if len > 64 + block.len().saturating_mul(32) {
        return Err(corrupt("a block promises more than it can hold"));
    }
    let at = out.len();
    out.resize(at + len, 0);
    decoder.decompress(block, &mut out[at..]).map_err(corrupt)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_block_is_read_too() {
        let packed = snap::raw::Encoder::new().compress_vec(b"hello hello hello").unwrap();
        let mut out = Vec::new();
        decompress(&packed, 100, &mut out).unwrap();
        assert_eq!(out, b"hello hello hello");
    }

    #[test]
    fn the_frame_is_xerials() {
        let mut out = Vec::new();
        compress(&[7; 40_000], &mut out).unwrap();
        assert_eq!(out[..16], HEADER);
        let first = u32::from_be_bytes([out[16], out[17], out[18], out[19]]) as usize;
        assert_eq!(snap::raw::decompress_len(&out[20..20 + first]), Ok(BLOCK));
    }

    #[test]
    fn a_promise_that_the_bytes_cannot_keep_is_refused_before_memory_is_taken() {
        let block = [0xff, 0xff, 0xff, 0x7f, 0, 0, 0];
        assert!(decompress(&block, usize::MAX, &mut Vec::new()).is_err());
    }
}
