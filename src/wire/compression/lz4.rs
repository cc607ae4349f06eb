//! LZ4 frames as the Java client writes them: 64 KiB independent blocks, no checksums over content.

use std::io::Write;

use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

use super::{Codec, CompressionError};

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

pub(super) fn compress(input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError> {
    let failed = |e: std::io::Error| CompressionError::corrupt(Codec::Lz4, e);
    let info = FrameInfo::new().block_size(BlockSize::Max64KB).block_mode(BlockMode::Independent);
    let mut encoder = FrameEncoder::with_frame_info(info, out);
    encoder.write_all(input).map_err(failed)?;
    // An empty write still opens the frame, so that "nothing" is a frame and not no bytes.
    encoder.write(&[]).map_err(failed)?;
    encoder.finish().map_err(|e| CompressionError::corrupt(Codec::Lz4, e))?;
    Ok(())
}

/// Puts the right header checksum into a frame from a magic-0 message: the clients of that time hashed the magic
/// number with the descriptor (KAFKA-3160), and Kafka reads such frames without looking at the checksum.
pub fn mend_v0_header(frame: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    if frame.starts_with(&MAGIC) && frame.len() > 7 {
        let content_size = if frame[4] & 0x08 != 0 { 8 } else { 0 };
        let end = 6 + content_size;
        if frame.len() > end {
            frame[end] = (xxh32_short(&frame[4..end]) >> 8) as u8;
        }
    }
    frame
}

/// xxHash-32, seed 0, of fewer than 16 bytes, which is all that a frame descriptor can be.
fn xxh32_short(input: &[u8]) -> u32 {
    const P: [u32; 5] = [2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263, 374_761_393];
    debug_assert!(input.len() < 16);
    let mut h = P[4].wrapping_add(input.len() as u32);
    let mut words = input.chunks_exact(4);
    for w in &mut words {
        let k = u32::from_le_bytes([w[0], w[1], w[2], w[3]]);
        h = h.wrapping_add(k.wrapping_mul(P[2])).rotate_left(17).wrapping_mul(P[3]);
    }
    for &b in words.remainder() {
        h = h.wrapping_add(u32::from(b).wrapping_mul(P[4])).rotate_left(11).wrapping_mul(P[0]);
    }
    h = (h ^ (h >> 15)).wrapping_mul(P[1]);
    h = (h ^ (h >> 13)).wrapping_mul(P[2]);
    h ^ (h >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_header_is_javas() {
        let mut out = Vec::new();
        compress(b"abc", &mut out).unwrap();
        // FLG: version 1, independent blocks; BD: 64 KiB; HC: 0x82.
        assert_eq!(out[..7], [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
        assert!(out.ends_with(&[0, 0, 0, 0]));
    }

    #[test]
    fn a_wrong_header_checksum_is_mended() {
        let mut good = Vec::new();
        compress(b"abc", &mut good).unwrap();
        let mut bad = good.clone();
        bad[6] ^= 0x55;
        assert_eq!(mend_v0_header(&bad), good);
        assert_eq!(mend_v0_header(b"x"), b"x");
    }
}
