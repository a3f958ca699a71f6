//! Bytes, written and read one after the other. Small, because every page loads it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::time::Instant;

/// Writes.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    pub(crate) bytes: Vec<u8>,
}

/// Reads what an [`Encoder`] wrote; gives nothing where that cannot be.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    rest: &'a [u8],
}

impl Encoder {
    pub(crate) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.u8(value.into());
    }

    /// Seven bits a byte, the lowest first (LEB128).
    pub(crate) fn u64(&mut self, mut value: u64) {
        while value >= 0x80 {
            #[allow(clippy::cast_possible_truncation)] // Cut to its lowest bits on purpose.
            self.u8(value as u8 | 0x80);
            value >>= 7;
        }
        #[allow(clippy::cast_possible_truncation)] // It is below 0x80.
        self.u8(value as u8);
    }

    pub(crate) fn f64(&mut self, value: f64) {
        self.bytes.extend_from_slice(&value.to_bits().to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.u64(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn instant(&mut self, instant: Instant) {
        self.u64(instant.as_millis());
    }

    /// Whether there is something, and what.
    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.bool(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    pub(crate) fn bool(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.u64()?.try_into().ok()
    }

    pub(crate) fn usize(&mut self) -> Option<usize> {
        self.u64()?.try_into().ok()
    }

    pub(crate) fn f64(&mut self) -> Option<f64> {
        let (bits, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(f64::from_bits(u64::from_le_bytes(*bits)))
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        let length = self.usize()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        core::str::from_utf8(text).ok().map(String::from)
    }

    pub(crate) fn instant(&mut self) -> Option<Instant> {
        self.u64().map(Instant::from_millis)
    }

    /// The outer option says whether it can be read, the inner one is what was written.
    #[allow(clippy::option_option)]
    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        Some(if self.bool()? { Some(read(self)?) } else { None })
    }
}

/// FNV-1a with 64 bits (Fowler, Noll and Vo): finds what was cut off or overwritten, and is no
/// protection against who means it.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_nothing_is_left() {
        let mut encoder = Encoder::default();
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            encoder.u64(number);
        }
        encoder.text("tür");
        encoder.f64(-0.5);
        encoder.option(Some(7), Encoder::u64);
        encoder.option(None, Encoder::u64);
        let mut decoder = Decoder::new(&encoder.bytes);
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(decoder.u64(), Some(number));
        }
        assert_eq!(decoder.text().as_deref(), Some("tür"));
        assert_eq!(decoder.f64(), Some(-0.5));
        assert_eq!(decoder.option(Decoder::u64), Some(Some(7)));
        assert_eq!(decoder.option(Decoder::u64), Some(None));
        assert!(decoder.is_at_end() && decoder.u8().is_none());
    }

    #[test]
    fn nonsense_gives_nothing() {
        assert_eq!(Decoder::new(&[0x80; 20]).u64(), None);
        assert_eq!(Decoder::new(&[5, b'a']).text(), None);
        assert_eq!(Decoder::new(&[1, 0xff]).text(), None);
        assert_eq!(Decoder::new(&[2]).bool(), None);
    }

    #[test]
    fn the_checksum_is_that_of_its_authors() {
        assert_eq!(checksum(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
