//! The members of a flat JSON object (RFC 8259), one after the other, without an allocation.

use alloc::string::String;

use super::error::FrameError;

/// Reads the members of one object.
#[derive(Debug)]
pub(super) struct Members<'a> {
    text: &'a str,
    at: usize,
    begun: bool,
}

/// The value of a member.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Flag(bool),
    Null,
    Number(Number),
    Text(Text<'a>),
}

/// A text whose escapes are checked, and still there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a>(&'a str);

/// A number: `mantissa · 10^exponent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

/// Digits are dropped from a mantissa beyond this, so that it stays within 64 bits.
const MANTISSA_FULL: u64 = 100_000_000_000_000_000;

impl<'a> Members<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, begun: false }
    }

    /// The next member; nothing after the last, when the text has ended, too.
    pub(super) fn next(&mut self) -> Result<Option<(Text<'a>, Value<'a>)>, FrameError> {
        if self.begun {
            match self.token()? {
                b',' => {}
                b'}' => return self.end(),
                _ => return self.fail_before(),
            }
        } else {
            self.begun = true;
            self.expect(b'{')?;
            if self.skip_space() == Some(b'}') {
                self.at += 1;
                return self.end();
            }
        }
        self.expect(b'"')?;
        let name = self.string()?;
        self.expect(b':')?;
        Ok(Some((name, self.value()?)))
    }

    fn end(&mut self) -> Result<Option<(Text<'a>, Value<'a>)>, FrameError> {
        if self.skip_space().is_none() { Ok(None) } else { self.fail() }
    }

    fn value(&mut self) -> Result<Value<'a>, FrameError> {
        match self.token()? {
            b'"' => self.string().map(Value::Text),
            b'f' => self.word("alse", Value::Flag(false)),
            b'n' => self.word("ull", Value::Null),
            b't' => self.word("rue", Value::Flag(true)),
            b'-' | b'0'..=b'9' => {
                self.at -= 1;
                self.number().map(Value::Number)
            }
            _ => self.fail_before(),
        }
    }

    fn word(&mut self, rest: &str, value: Value<'a>) -> Result<Value<'a>, FrameError> {
        if !self.text.as_bytes()[self.at..].starts_with(rest.as_bytes()) {
            return self.fail();
        }
        self.at += rest.len();
        Ok(value)
    }

    /// The rest of a string after its opening quote.
    fn string(&mut self) -> Result<Text<'a>, FrameError> {
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let (_, length) = unescape(&self.text[self.at..])
                        .ok_or(FrameError::Syntax { at: self.at })?;
                    self.at += length;
                }
                None | Some(..b' ') => return self.fail(),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(Text(&self.text[start..self.at - 1]))
    }

    fn number(&mut self) -> Result<Number, FrameError> {
        let negative = self.accept(b'-');
        let mut number = Number { negative, mantissa: 0, exponent: 0 };
        if !self.accept(b'0') {
            self.digits(&mut number, 1)?;
        }
        if self.accept(b'.') {
            self.digits(&mut number, 0)?;
        }
        if self.accept(b'e') || self.accept(b'E') {
            let negative = self.accept(b'-');
            if !negative {
                self.accept(b'+');
            }
            let mut exponent = Number { negative, mantissa: 0, exponent: 0 };
            self.digits(&mut exponent, 1)?;
            // Beyond this every number is nothing, or more than anything.
            let size = i32::try_from(exponent.mantissa).unwrap_or(1000).min(1000);
            number.exponent += if negative { -size } else { size };
        }
        Ok(number)
    }

    /// One digit or more; each that is kept moves the exponent down, and each that is dropped up,
    /// if it stands before the point (`dropped` is 1).
    fn digits(&mut self, number: &mut Number, dropped: i32) -> Result<(), FrameError> {
        let start = self.at;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            self.at += 1;
            if number.mantissa < MANTISSA_FULL {
                number.mantissa = number.mantissa * 10 + u64::from(digit - b'0');
                number.exponent += dropped - 1;
            } else {
                number.exponent += dropped;
            }
        }
        if self.at == start { self.fail() } else { Ok(()) }
    }

    fn accept(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<(), FrameError> {
        if self.token()? == byte { Ok(()) } else { self.fail_before() }
    }

    /// The next byte that is not space.
    fn token(&mut self) -> Result<u8, FrameError> {
        let Some(byte) = self.skip_space() else { return self.fail() };
        self.at += 1;
        Ok(byte)
    }

    fn skip_space(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fail<T>(&self) -> Result<T, FrameError> {
        Err(FrameError::Syntax { at: self.at })
    }

    fn fail_before<T>(&self) -> Result<T, FrameError> {
        Err(FrameError::Syntax { at: self.at - 1 })
    }
}

impl Text<'_> {
    pub(super) fn is(self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }

    pub(super) fn decode(self) -> String {
        self.chars().collect()
    }

    fn chars(self) -> impl Iterator<Item = char> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let (char, length) = match first {
                '\\' => unescape(rest)?,
                _ => (first, first.len_utf8()),
            };
            rest = &rest[length..];
            Some(char)
        })
    }
}

impl Number {
    /// The number times `10^places`, without what is left behind the point; nothing if it is
    /// negative. Saturates.
    pub(super) fn scaled(self, places: i32) -> Option<u64> {
        let (mut value, mut exponent) = (self.mantissa, self.exponent + places);
        while exponent > 0 && value > 0 && value < u64::MAX {
            value = value.saturating_mul(10);
            exponent -= 1;
        }
        while exponent < 0 && value > 0 {
            value /= 10;
            exponent += 1;
        }
        (!self.negative || self.mantissa == 0).then_some(value)
    }

    /// The number, if it is a whole one that is not negative.
    pub(super) fn whole(self) -> Option<u64> {
        let value = self.scaled(0)?;
        // What stood behind the point, if anything did.
        let mut back = value;
        (self.exponent..0).for_each(|_| back = back.saturating_mul(10));
        (self.exponent >= 0 || back == self.mantissa).then_some(value)
    }
}

/// What an escape at the beginning of the text means, and its length; nothing if it is none.
fn unescape(text: &str) -> Option<(char, usize)> {
    let char = match text.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unescape_unit(text),
        _ => return None,
    };
    Some((char, 2))
}

/// The same for `\u` and four digits, or twice that for what lies outside the basic plane.
fn unescape_unit(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let escape = text.as_bytes().get(at..at + 6).filter(|escape| escape.starts_with(b"\\u"))?;
        escape[2..].iter().try_fold(0_u32, |unit, &digit| {
            char::from(digit).to_digit(16).map(|digit| unit << 4 | digit)
        })
    };
    let first = unit(0)?;
    if !(0xd800..0xdc00).contains(&first) {
        return Some((char::from_u32(first)?, 6));
    }
    let second = unit(6).filter(|second| (0xdc00..0xe000).contains(second))?;
    let code = 0x1_0000 + ((first - 0xd800) << 10 | (second - 0xdc00));
    Some((char::from_u32(code)?, 12))
}
