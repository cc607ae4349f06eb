//! The five codecs of record batches, each as the Java client frames it, all with a bound on what comes out.
//!
//! A producer chooses the compressed bytes, so a megabyte may claim to be ten gigabytes: every caller states how much
//! it is ready to hold, and memory grows with what was really decompressed, never with what a header promises.

mod lz4;
mod snappy;

use std::io::{Read, Write};

pub use lz4::mend_v0_header as mend_lz4_v0_header;

/// Bound on a decompressed batch where the caller has no better one: 64 MiB.
pub const DEFAULT_DECOMPRESSED_LIMIT: usize = 64 << 20;

/// How a batch's body is compressed; the number stands in the attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub enum Codec {
    #[default]
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl Codec {
    /// Every codec, by number.
    pub const ALL: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

    /// The number in the attribute bits.
    pub const fn id(self) -> i16 {
        self as i16
    }

    /// The codec for attribute bits; 5 to 7 name none.
    pub fn from_id(id: i16) -> Option<Codec> {
        Codec::ALL.get(usize::try_from(id).ok()?).copied()
    }

    /// The name in configurations and tools.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::None => "none",
            Codec::Gzip => "gzip",
            Codec::Snappy => "snappy",
            Codec::Lz4 => "lz4",
            Codec::Zstd => "zstd",
        }
    }

    /// The codec of a name, `uncompressed` included.
    pub fn from_name(name: &str) -> Option<Codec> {
        match name {
            "uncompressed" => Some(Codec::None),
            _ => Codec::ALL.into_iter().find(|codec| codec.name() == name),
        }
    }
}

/// A codec and its level (KIP-390). Snappy has no levels; lz4 is written at its one speed whatever the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// The codec.
    pub codec: Codec,
    /// The level in the codec's own scale.
    pub level: i32,
}

impl Compression {
    /// No compression.
    pub const NONE: Compression = Compression { codec: Codec::None, level: 0 };

    /// A codec at Kafka's default level: gzip -1 (zlib's 6), lz4 9, zstd 3.
    pub const fn of(codec: Codec) -> Compression {
        let level = match codec {
            Codec::None | Codec::Snappy => 0,
            Codec::Gzip => -1,
            Codec::Lz4 => 9,
            Codec::Zstd => 3,
        };
        Compression { codec, level }
    }
}

/// Why a body could not be compressed or decompressed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompressionError {
    /// What comes out is larger than the caller accepts.
    #[error("the {} data decompresses to more than the limit of {limit} bytes", .codec.name())]
    TooLarge {
        /// The codec.
        codec: Codec,
        /// The caller's bound in bytes.
        limit: usize,
    },
    /// The bytes are not what the codec writes.
    #[error("the {} data is corrupt: {reason}", .codec.name())]
    Corrupt {
        /// The codec.
        codec: Codec,
        /// What the codec says.
        reason: String,
    },
}

impl CompressionError {
    fn corrupt(codec: Codec, reason: impl ToString) -> CompressionError {
        CompressionError::Corrupt { codec, reason: reason.to_string() }
    }
}

/// Appends the compressed form of `input` to `out`.
///
/// # Errors
/// [`CompressionError::Corrupt`] if the codec refuses, as for a level that it does not have.
pub fn compress(compression: Compression, input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError> {
    let Compression { codec, level } = compression;
    let failed = |e: std::io::Error| CompressionError::corrupt(codec, e);
    match codec {
        Codec::None => out.extend_from_slice(input),
        Codec::Gzip => {
            let level =
                u32::try_from(level).map_or(flate2::Compression::default(), |l| flate2::Compression::new(l.min(9)));
            let mut encoder = flate2::write::GzEncoder::new(out, level);
            encoder.write_all(input).map_err(failed)?;
            encoder.finish().map_err(failed)?;
        }
        Codec::Snappy => snappy::compress(input, out)?,
        Codec::Lz4 => lz4::compress(input, out)?,
        Codec::Zstd => {
            let mut encoder = zstd::stream::write::Encoder::new(out, level).map_err(failed)?;
            encoder.set_pledged_src_size(Some(input.len() as u64)).map_err(failed)?;
            encoder.write_all(input).map_err(failed)?;
            encoder.finish().map_err(failed)?;
        }
    }
    Ok(())
}

/// Appends the decompressed form of `input` to `out`, which grows by `limit` bytes at most.
///
/// # Errors
/// [`CompressionError`] if the bytes are not the codec's or hold more than `limit`.
pub fn decompress(codec: Codec, input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), CompressionError> {
    match codec {
        Codec::None if input.len() > limit => Err(CompressionError::TooLarge { codec, limit }),
        Codec::None => {
            out.extend_from_slice(input);
            Ok(())
        }
        // Java reads members one after the other, so a second one is data, not an error.
        Codec::Gzip => read_bounded(codec, flate2::bufread::MultiGzDecoder::new(input), input.len(), limit, out),
        Codec::Snappy => snappy::decompress(input, limit, out),
        Codec::Lz4 => read_bounded(codec, lz4_flex::frame::FrameDecoder::new(input), input.len(), limit, out),
        Codec::Zstd => unpack_zstd(input, limit, out),
    }
}

/// Largest window (8 MiB, that of level 19) that a zstd stream may keep beside its output.
const ZSTD_WINDOW_LOG: u32 = 23;

fn unpack_zstd(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), CompressionError> {
    let codec = Codec::Zstd;
    let mut decoder =
        zstd::stream::read::Decoder::with_buffer(input).map_err(|e| CompressionError::corrupt(codec, e))?;
    decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|e| CompressionError::corrupt(codec, e))?;
    match read_bounded(codec, decoder, input.len(), limit, out) {
        Err(CompressionError::Corrupt { .. }) => unpack_zstd_at_once(input, limit, out),
        result => result,
    }
}

/// For frames that look back further: the output itself is the window, so that nothing is held twice. Its room is
/// asked for in whole, but only what is written to becomes memory.
fn unpack_zstd_at_once(input: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), CompressionError> {
    let codec = Codec::Zstd;
    let start = out.len();
    let known = zstd::zstd_safe::get_frame_content_size(input).ok().flatten();
    if known.is_some_and(|size| size > limit as u64) {
        return Err(CompressionError::TooLarge { codec, limit });
    }
    out.try_reserve_exact(limit).map_err(|_| CompressionError::TooLarge { codec, limit })?;
    let mut room = std::io::Cursor::new(&mut *out);
    room.set_position(start as u64);
    let result = zstd::zstd_safe::decompress(&mut room, input).map_err(zstd::zstd_safe::get_error_name);
    let filled = out.len();
    match result {
        Ok(_) if filled - start <= limit => Ok(()),
        Err(reason) if reason != "Destination buffer is too small" => {
            out.truncate(start);
            Err(CompressionError::corrupt(codec, reason))
        }
        _ => {
            out.truncate(start);
            Err(CompressionError::TooLarge { codec, limit })
        }
    }
}

/// Reads to the end in steps that double, so that memory follows the data and stops at the limit.
fn read_bounded(
    codec: Codec,
    mut reader: impl Read,
    input_len: usize,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), CompressionError> {
    let start = out.len();
    let mut step = (input_len * 2).clamp(1 << 10, 1 << 20);
    loop {
        let filled = out.len();
        // One byte past the limit tells "exactly full" from "too much".
        let room = limit.saturating_add(1).saturating_sub(filled - start).min(step);
        out.resize(filled + room, 0);
        let mut at = filled;
        while at < out.len() {
            match reader.read(&mut out[at..]) {
                Ok(0) => {
                    out.truncate(at);
                    return Ok(());
                }
                Ok(n) => at += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => {
                    out.truncate(start);
                    return Err(CompressionError::corrupt(codec, e));
                }
            }
            if at - start > limit {
                out.truncate(start);
                return Err(CompressionError::TooLarge { codec, limit });
            }
        }
        step = step.saturating_mul(2).min(16 << 20);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_codec_gives_back_what_it_took(
            word in proptest::collection::vec(any::<u8>(), 0..200), times in 0usize..1200
        ) {
            let input = word.repeat(times);
            for codec in Codec::ALL {
                let (mut packed, mut unpacked) = (vec![9u8], vec![8u8]);
                compress(Compression::of(codec), &input, &mut packed).unwrap();
                decompress(codec, &packed[1..], input.len(), &mut unpacked).unwrap();
                prop_assert_eq!(packed[0], 9);
                prop_assert_eq!(unpacked[0], 8);
                prop_assert!(unpacked[1..] == input, "{}", codec.name());
            }
        }

        #[test]
        fn random_bytes_never_panic_and_never_pass_the_limit(input in proptest::collection::vec(any::<u8>(), 0..400)) {
            for codec in Codec::ALL {
                let mut out = Vec::new();
                let _ = decompress(codec, &input, 300, &mut out);
                prop_assert!(out.len() <= 300);
            }
        }
    }

    #[test]
    fn a_bomb_is_refused_at_the_limit() {
        let zeros = vec![0u8; 32 << 20];
        for codec in Codec::ALL {
            let mut packed = Vec::new();
            compress(Compression::of(codec), &zeros, &mut packed).unwrap();
            let mut out = Vec::new();
            let error = decompress(codec, &packed, 1 << 20, &mut out).unwrap_err();
            assert_eq!(error, CompressionError::TooLarge { codec, limit: 1 << 20 });
            assert!(out.capacity() <= 4 << 20, "{} held {}", codec.name(), out.capacity());
        }
    }

    #[test]
    fn zstd_with_a_window_larger_than_its_output_is_read_within_the_limit() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(&vec![7; 3 << 20]).unwrap();
        let packed = encoder.finish().unwrap();
        let mut out = vec![1, 2];
        decompress(Codec::Zstd, &packed, 3 << 20, &mut out).unwrap();
        assert!(out[..2] == [1, 2] && out.len() == 2 + (3 << 20) && out[2..].iter().all(|byte| *byte == 7));
        let mut out = vec![1, 2];
        let error = decompress(Codec::Zstd, &packed, (3 << 20) - 1, &mut out).unwrap_err();
        assert_eq!(error, CompressionError::TooLarge { codec: Codec::Zstd, limit: (3 << 20) - 1 });
        assert!(decompress(Codec::Zstd, &packed[..packed.len() - 3], 3 << 20, &mut out).is_err());
        assert_eq!(out, [1, 2]);
    }

    #[test]
    fn names_and_numbers_go_both_ways() {
        for codec in Codec::ALL {
            assert_eq!(Codec::from_id(codec.id()), Some(codec));
            assert_eq!(Codec::from_name(codec.name()), Some(codec));
        }
        assert_eq!(Codec::from_id(5), None);
        assert_eq!(Codec::from_id(-1), None);
    }
}
