//! Compression bombs: batches of less than a megabyte that would be gigabytes, sent where the broker must look inside.

use std::io::Write as _;

use logbus::model::{ErrorCode, LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};
use logbus::wire::batch::{Attributes, BatchHeader, HEADER_LEN, LOG_OVERHEAD, TimestampType, compute_crc};
use logbus::wire::compression::Codec;

use crate::harness::Broker;
use crate::talk::{Talk, code};

const MIB: usize = 1 << 20;
/// What a bomb may cost beyond its own bytes.
const BOUND: usize = 64 * MIB;

/// The front of a record with a key and a value of so many bytes; zeros may follow without end.
fn record_front(value_len: u32) -> Vec<u8> {
    // Attributes, timestamp and offset deltas, a key of one byte; the value's length; no headers.
    let mut body = vec![0, 0, 0, 2, b'k'];
    varint(&mut body, value_len);
    let mut front = Vec::new();
    varint(&mut front, body.len() as u32 + value_len + 1);
    front.extend(body);
    front
}

/// A zigzag varint of a number that is not negative.
fn varint(out: &mut Vec<u8>, n: u32) {
    let mut n = u64::from(n) << 1;
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// A batch that claims one record, around a body that is compressed already.
fn batch(codec: Codec, body: &[u8]) -> Vec<u8> {
    let mut header = BatchHeader {
        base_offset: Offset::ZERO,
        length: (HEADER_LEN - LOG_OVERHEAD + body.len()) as i32,
        leader_epoch: LeaderEpoch::NONE,
        crc: 0,
        attributes: Attributes::new(codec, TimestampType::CreateTime, false, false),
        last_offset_delta: 0,
        base_timestamp: TimestampMs(0),
        max_timestamp: TimestampMs(0),
        producer_id: ProducerId::NONE,
        producer_epoch: ProducerEpoch::NONE,
        base_sequence: Sequence::NONE,
        record_count: 1,
    };
    let mut bytes = header.encode().to_vec();
    bytes.extend_from_slice(body);
    header.crc = compute_crc(&bytes);
    bytes[..HEADER_LEN].copy_from_slice(&header.encode());
    bytes
}

/// Gzip of a front and so many MiB of zeros: a member a MiB, which the format allows to be joined, so that one is
/// compressed and the others are copies.
fn gzip(front: &[u8], mib: usize) -> Vec<u8> {
    let member = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zeros = member(&vec![0; MIB]);
    [member(front), zeros.repeat(mib)].concat()
}

/// One zstd frame of a front and so many MiB of zeros, by hand: a run of 128 KiB takes four bytes. It asks for the
/// largest window that decoders grant unasked, 128 MiB.
fn zstd(front: &[u8], mib: usize) -> Vec<u8> {
    let block = |last: bool, kind: u32, size: usize| (u32::from(last) | kind << 1 | (size as u32) << 3).to_le_bytes();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3];
    frame.extend_from_slice(&block(false, 0, front.len())[..3]);
    frame.extend_from_slice(front);
    let runs = mib * 8;
    for n in 1..=runs {
        frame.extend_from_slice(&block(n == runs, 1, MIB / 8)[..3]);
        frame.push(0);
    }
    frame
}

/// An lz4 frame with the largest blocks.
fn lz4(front: &[u8], mib: usize) -> Vec<u8> {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    let info = FrameInfo::new().block_size(BlockSize::Max4MB).block_mode(BlockMode::Independent);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(front).unwrap();
    let zeros = vec![0; MIB];
    (0..mib).for_each(|_| encoder.write_all(&zeros).unwrap());
    encoder.finish().unwrap()
}

/// Snappy in xerial's framing, in blocks of a MiB.
fn snappy(front: &[u8], mib: usize) -> Vec<u8> {
    let block = |bytes: &[u8]| {
        let packed = snap::raw::Encoder::new().compress_vec(bytes).unwrap();
        [&(packed.len() as u32).to_be_bytes()[..], &packed].concat()
    };
    let header = [&[0x82][..], b"SNAPPY\0", &[0, 0, 0, 1, 0, 0, 0, 1]].concat();
    [header, block(front), block(&vec![0; MIB]).repeat(mib)].concat()
}

/// Peak resident memory of a process since [`forget_peak`], in bytes.
fn peak(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

/// Sets the peak to what the process holds now (proc(5), clear_refs).
fn forget_peak(pid: u32) {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
}

/// A broker with topics where it must look inside, and one where it need not.
fn broker() -> (Broker, Talk) {
    let broker = Broker::start();
    let talk = Talk::with(&broker.bootstrap());
    // Snappy gains a factor of 21 at most, so its bomb needs more bytes than a batch has by default.
    talk.create("compacted", 1, &["cleanup.policy=compact", "max.message.bytes=8388608"]);
    talk.create("recoded", 1, &["compression.type=uncompressed", "max.message.bytes=8388608"]);
    talk.create("recoded-small", 1, &["compression.type=zstd", "max.message.bytes=8388608"]);
    talk.create("plain", 1, &[]);
    (broker, talk)
}

/// Sends a batch; gives the answer, and fails if the broker took more memory for it than it may.
fn throw(broker: &Broker, talk: &Talk, topic: &str, what: &str, batch: &[u8]) -> ErrorCode {
    forget_peak(broker.pid());
    let before = peak(broker.pid());
    let answer = code(&talk.produce(topic, 0, batch.to_vec()));
    let grown = peak(broker.pid()).saturating_sub(before);
    println!("{what} of {} bytes to {topic}: {answer}, {grown} bytes more", batch.len());
    assert!(grown <= BOUND + batch.len(), "{what} to {topic} took {grown} bytes for {} on the wire", batch.len());
    answer
}

#[test]
fn bombs_of_every_codec_are_refused_within_64_mib() {
    let (broker, talk) = broker();
    let front = record_front(i32::MAX as u32 / 2);
    for (codec, mib, body) in [
        (Codec::Gzip, 900, gzip(&front, 900)),
        (Codec::Zstd, 10 << 10, zstd(&front, 10 << 10)),
        (Codec::Lz4, 240, lz4(&front, 240)),
        (Codec::Snappy, 120, snappy(&front, 120)),
    ] {
        let batch = batch(codec, &body);
        assert!(batch.len() < if codec == Codec::Snappy { 8 * MIB } else { MIB }, "{codec:?}: {}", batch.len());
        // A topic that stores the bomb's own codec has no need to look inside.
        let looks_inside = |topic: &&str| *topic != "recoded-small" || codec != Codec::Zstd;
        for topic in ["compacted", "recoded", "recoded-small"].into_iter().filter(looks_inside) {
            let what = format!("{mib} MiB of {}", codec.name());
            assert_eq!(throw(&broker, &talk, topic, &what, &batch), ErrorCode::CorruptMessage, "{what} to {topic}");
        }
    }
    assert!(!broker.log().contains("panicked"), "log:\n{}", broker.log());
}

#[test]
fn what_stays_just_under_the_limit_is_held_once_and_no_more() {
    let (broker, talk) = broker();
    let mut front = record_front(44 * MIB as u32);
    // One zero more than the value: it says that there are no headers.
    front.push(0);
    for (codec, body) in [
        (Codec::Gzip, gzip(&front, 44)),
        (Codec::Zstd, zstd(&front, 44)),
        (Codec::Lz4, lz4(&front, 44)),
        (Codec::Snappy, snappy(&front, 44)),
    ] {
        let batch = batch(codec, &body);
        let what = format!("44 MiB of {}", codec.name());
        assert_eq!(throw(&broker, &talk, "compacted", &what, &batch), ErrorCode::None, "{what}");
        assert_eq!(throw(&broker, &talk, "recoded", &what, &batch), ErrorCode::MessageTooLarge, "{what}");
        if codec != Codec::Zstd {
            assert_eq!(throw(&broker, &talk, "recoded-small", &what, &batch), ErrorCode::None, "{what}");
        }
    }
}

#[test]
fn a_bomb_inside_a_value_is_a_value() {
    let (broker, talk) = broker();
    let bomb = zstd(&record_front(i32::MAX as u32 / 2), 10 << 10);
    let mut record = record_front(bomb.len() as u32);
    record.extend_from_slice(&bomb);
    record.push(0);
    let nested = batch(Codec::Gzip, &gzip(&record, 0));
    for topic in ["compacted", "recoded", "recoded-small", "plain"] {
        assert_eq!(throw(&broker, &talk, topic, "a bomb in a value", &nested), ErrorCode::None);
    }
}

#[test]
fn a_bomb_in_an_old_wrapper_message_is_refused_unread() {
    let (broker, talk) = broker();
    let bomb = gzip(&[], 900);
    // A message of format v1: offset, size, checksum, magic, attributes (gzip), timestamp, no key, the wrapped set.
    let mut message = vec![0; 8];
    message.extend_from_slice(&(22 + bomb.len() as i32).to_be_bytes());
    message.extend_from_slice(&[0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    message.extend_from_slice(&(bomb.len() as i32).to_be_bytes());
    message.extend_from_slice(&bomb);
    for topic in ["compacted", "recoded", "recoded-small", "plain"] {
        assert_eq!(throw(&broker, &talk, topic, "a wrapper", &message), ErrorCode::InvalidRecord);
    }
}
