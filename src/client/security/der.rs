//! Reading DER (X.690): what certificates, encrypted keys and PKCS12 stores are made of.

/// The bytes are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data is damaged, or of another format")]
pub struct Damaged;

/// Universal tags, and the context tags that the formats here use.
pub mod tag {
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTETS: u8 = 0x04;
    pub const OID: u8 = 0x06;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    /// `[0]`, implicit over a primitive type.
    pub const PRIMITIVE_0: u8 = 0x80;
    /// `[0]`, constructed.
    pub const CONTEXT_0: u8 = 0xa0;
    /// `[1]`, constructed.
    pub const CONTEXT_1: u8 = 0xa1;
    /// `[3]`, constructed.
    pub const CONTEXT_3: u8 = 0xa3;
}

/// One element.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// Its tag.
    pub tag: u8,
    /// Its content.
    pub body: &'a [u8],
}

/// Elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// Reads from the start.
    pub fn new(bytes: &'a [u8]) -> Der<'a> {
        Der(bytes)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element, whatever it is.
    pub fn next(&mut self) -> Result<Element<'a>, Damaged> {
        let (&tag, &first) = self.0.first().zip(self.0.get(1)).ok_or(Damaged)?;
        let (header, len) = match first {
            0..=0x7f => (2, usize::from(first)),
            // Four bytes of length are more than any store has; an indefinite length (0x80) is BER.
            0x81..=0x84 => {
                let count = usize::from(first & 0x7f);
                let raw = self.0.get(2..2 + count).ok_or(Damaged)?;
                (2 + count, raw.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
            }
            _ => return Err(Damaged),
        };
        let end = header.checked_add(len).ok_or(Damaged)?;
        let whole = self.0.get(..end).ok_or(Damaged)?;
        self.0 = &self.0[end..];
        Ok(Element { tag, body: &whole[header..] })
    }

    /// The content of the next element, which must have this tag.
    pub fn take(&mut self, tag: u8) -> Result<&'a [u8], Damaged> {
        let element = self.next()?;
        if element.tag == tag { Ok(element.body) } else { Err(Damaged) }
    }

    /// The elements inside the next one.
    pub fn enter(&mut self, tag: u8) -> Result<Der<'a>, Damaged> {
        self.take(tag).map(Der)
    }

    /// The content of the next element if it has this tag; otherwise it stays.
    pub fn take_if(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Damaged> {
        if self.0.first() == Some(&tag) { self.take(tag).map(Some) } else { Ok(None) }
    }

    /// A number that is not negative.
    pub fn number(&mut self) -> Result<u32, Damaged> {
        number(self.take(tag::INTEGER)?)
    }
}

/// Writes an element whose content comes in parts.
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = vec![tag];
    if body.len() < 0x80 {
        out.push(body.len() as u8);
    } else {
        let len = body.len().to_be_bytes();
        let digits = len.iter().position(|byte| *byte != 0).map_or(&len[..], |first| &len[first..]);
        out.push(0x80 | digits.len() as u8);
        out.extend_from_slice(digits);
    }
    out.extend(body);
    out
}

/// The value of an INTEGER's content.
pub fn number(body: &[u8]) -> Result<u32, Damaged> {
    let body = body.strip_prefix(&[0]).unwrap_or(body);
    if body.len() > 4 {
        return Err(Damaged);
    }
    Ok(body.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_in_order_and_lengths_beyond_the_end_are_refused() {
        let mut der = Der::new(&[0x30, 0x06, 0x02, 0x01, 0x05, 0x04, 0x01, 0xaa]);
        let mut inner = der.enter(tag::SEQUENCE).unwrap();
        assert_eq!(inner.number(), Ok(5));
        assert_eq!(inner.take_if(tag::SET), Ok(None));
        assert_eq!(inner.take(tag::OCTETS), Ok(&[0xaa][..]));
        assert!(inner.is_empty() && der.is_empty());
        for bad in [&[0x30][..], &[0x30, 0x02, 0x00], &[0x30, 0x80, 0, 0], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[]] {
            assert!(Der::new(bad).next().is_err(), "{bad:?}");
        }
    }
}
