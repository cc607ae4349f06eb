//! Reading and writing Kafka's primitive types, bounded before anything is allocated.

use bytes::Bytes;

use crate::model::Uuid;

/// Why bytes are not the message they claim to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end inside a value.
    #[error("{needed} more bytes expected at offset {at}, {left} left")]
    Truncated {
        /// Bytes the value needs.
        needed: usize,
        /// Bytes there are.
        left: usize,
        /// Where the value begins.
        at: usize,
    },
    /// A length that is negative where null is not allowed, or larger than what is left.
    #[error("length {len} at offset {at} is out of bounds ({left} bytes left)")]
    Length {
        /// The length as read.
        len: i64,
        /// Bytes there are.
        left: usize,
        /// Where it stands.
        at: usize,
    },
    /// A variable-length integer that does not end.
    #[error("variable-length integer at offset {at} is too long")]
    Varint {
        /// Where it begins.
        at: usize,
    },
    /// Text that is not UTF-8.
    #[error("text at offset {at} is not UTF-8")]
    Utf8 {
        /// Where it begins.
        at: usize,
    },
    /// Decoding would take more memory than the message may have.
    #[error("message would take more than {limit} bytes of memory")]
    TooLarge {
        /// The budget it began with.
        limit: usize,
    },
    /// A version outside the range this build knows.
    #[error("version {version} of {message} is not supported")]
    Version {
        /// The message's name.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// Bytes that no schema knows, such as a record type from a newer release.
    #[error("{0}")]
    Unknown(String),
}

/// A cursor over one frame. Byte fields are slices of the frame, not copies.
#[derive(Debug)]
pub struct Reader {
    frame: Bytes,
    at: usize,
    budget: usize,
    limit: usize,
}

/// What a decoded message may take in memory: a hostile frame of empty array elements would otherwise cost
/// a hundred times its own size.
fn memory_limit(frame_len: usize) -> usize {
    frame_len.saturating_mul(8).clamp(1 << 20, 512 << 20)
}

impl Reader {
    /// Reads from the start of `frame`.
    pub fn new(frame: Bytes) -> Reader {
        let limit = memory_limit(frame.len());
        Reader { frame, at: 0, budget: limit, limit }
    }

    /// Bytes not read yet.
    pub fn remaining(&self) -> usize {
        self.frame.len() - self.at
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Everything not read yet.
    pub fn rest(&self) -> Bytes {
        self.frame.slice(self.at..)
    }

    /// Takes `n` bytes of memory from the message's budget.
    ///
    /// # Errors
    /// `TooLarge` when the budget is spent.
    pub fn charge(&mut self, n: usize) -> Result<(), DecodeError> {
        self.budget = self.budget.checked_sub(n).ok_or(DecodeError::TooLarge { limit: self.limit })?;
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let left = self.remaining();
        match self.frame.get(self.at..self.at + N).and_then(|s| s.try_into().ok()) {
            Some(raw) => {
                self.at += N;
                Ok(raw)
            }
            None => Err(DecodeError::Truncated { needed: N, left, at: self.at }),
        }
    }

    /// The next `len` bytes, shared with the frame.
    ///
    /// # Errors
    /// `Truncated` when there are fewer.
    pub fn bytes(&mut self, len: usize) -> Result<Bytes, DecodeError> {
        if len > self.remaining() {
            return Err(DecodeError::Truncated { needed: len, left: self.remaining(), at: self.at });
        }
        let slice = self.frame.slice(self.at..self.at + len);
        self.at += len;
        Ok(slice)
    }

    /// One byte, signed.
    ///
    /// # Errors
    /// `Truncated` at the end of the frame; so for every fixed-width read below.
    pub fn i8(&mut self) -> Result<i8, DecodeError> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    /// Two bytes, signed.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn i16(&mut self) -> Result<i16, DecodeError> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    /// Two bytes, unsigned.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// Four bytes, signed.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// Four bytes, unsigned.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// Eight bytes, signed.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// Eight bytes, IEEE 754.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn f64(&mut self) -> Result<f64, DecodeError> {
        Ok(f64::from_be_bytes(self.array()?))
    }

    /// Sixteen bytes.
    ///
    /// # Errors
    /// `Truncated`.
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        Ok(Uuid(u128::from_be_bytes(self.array()?)))
    }

    /// An unsigned variable-length integer of at most five bytes.
    ///
    /// # Errors
    /// `Truncated`, or `Varint` when it does not end in time.
    pub fn uvarint(&mut self) -> Result<u32, DecodeError> {
        let start = self.at;
        let mut value = 0u32;
        for shift in (0..35).step_by(7) {
            let byte = self.i8()? as u8;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Varint { at: start })
    }

    /// The length of a string or byte field: `None` for null.
    pub(crate) fn text_len(&mut self, flexible: bool, wide: bool) -> Result<Option<usize>, DecodeError> {
        let at = self.at;
        let len = match (flexible, wide) {
            (true, _) => i64::from(self.uvarint()?) - 1,
            (false, true) => i64::from(self.i32()?),
            (false, false) => i64::from(self.i16()?),
        };
        self.bounded(len, at)
    }

    /// The length of an array: `None` for null. Every element takes at least a byte, so more elements than bytes
    /// left are refused before anything is allocated.
    pub(crate) fn array_len(&mut self, flexible: bool) -> Result<Option<usize>, DecodeError> {
        let at = self.at;
        let len = if flexible { i64::from(self.uvarint()?) - 1 } else { i64::from(self.i32()?) };
        self.bounded(len, at)
    }

    fn bounded(&self, len: i64, at: usize) -> Result<Option<usize>, DecodeError> {
        match usize::try_from(len) {
            Ok(n) if n <= self.remaining() => Ok(Some(n)),
            Err(_) if len == -1 => Ok(None),
            _ => Err(DecodeError::Length { len, left: self.remaining(), at }),
        }
    }

    /// UTF-8 text of `len` bytes.
    pub(crate) fn text(&mut self, len: usize) -> Result<String, DecodeError> {
        let at = self.at;
        self.charge(len)?;
        let raw = self.bytes(len)?;
        std::str::from_utf8(&raw).map(str::to_owned).map_err(|_| DecodeError::Utf8 { at })
    }

    /// Reads past a tagged-field section without looking into it.
    ///
    /// # Errors
    /// `Truncated` or `Length`.
    pub fn skip_tags(&mut self) -> Result<(), DecodeError> {
        for _ in 0..self.uvarint()? {
            self.uvarint()?;
            let len = self.uvarint()? as usize;
            self.bytes(len)?;
        }
        Ok(())
    }

    /// A reader over the next `len` bytes that shares this one's memory budget by value.
    pub(crate) fn sub(&mut self, len: usize) -> Result<Reader, DecodeError> {
        let frame = self.bytes(len)?;
        Ok(Reader { frame, at: 0, budget: self.budget, limit: self.limit })
    }
}

/// Bytes of a message as they are written.
pub type Writer = Vec<u8>;

/// The primitive writes that a `Vec<u8>` lacks.
pub trait Put {
    /// Big-endian bytes as they are.
    fn put(&mut self, raw: &[u8]);

    /// An unsigned variable-length integer.
    fn put_uvarint(&mut self, value: u32) {
        let mut rest = value;
        while rest >= 0x80 {
            self.put(&[(rest as u8 & 0x7f) | 0x80]);
            rest >>= 7;
        }
        self.put(&[rest as u8]);
    }

    /// An array's length, `None` for null.
    fn put_array_len(&mut self, len: Option<usize>, flexible: bool) {
        match (len, flexible) {
            (Some(n), true) => self.put_uvarint(n as u32 + 1),
            (None, true) => self.put_uvarint(0),
            (Some(n), false) => self.put(&(n as i32).to_be_bytes()),
            (None, false) => self.put(&(-1i32).to_be_bytes()),
        }
    }

    /// A string, `None` for null.
    fn put_text(&mut self, text: Option<&str>, flexible: bool) {
        match (text, flexible) {
            (Some(s), true) => self.put_uvarint(s.len() as u32 + 1),
            (None, true) => self.put_uvarint(0),
            (Some(s), false) => self.put(&(s.len() as i16).to_be_bytes()),
            (None, false) => self.put(&(-1i16).to_be_bytes()),
        }
        self.put(text.unwrap_or_default().as_bytes());
    }
}

impl Put for Writer {
    #[inline]
    fn put(&mut self, raw: &[u8]) {
        self.extend_from_slice(raw);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_beyond_the_frame_is_refused_before_it_allocates() {
        let mut reader = Reader::new(Bytes::from_static(&[0x7f, 0xff, 0xff, 0xff, 0]));
        assert!(matches!(reader.array_len(false), Err(DecodeError::Length { .. })));
    }

    #[test]
    fn variable_length_integers_round_trip_and_end() {
        for value in [0, 1, 127, 128, 300, u32::MAX] {
            let mut out = Writer::new();
            out.put_uvarint(value);
            assert_eq!(Reader::new(out.into()).uvarint(), Ok(value));
        }
        let endless = Bytes::from_static(&[0xff; 9]);
        assert_eq!(Reader::new(endless).uvarint(), Err(DecodeError::Varint { at: 0 }));
    }
}
