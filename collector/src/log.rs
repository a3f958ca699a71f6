//! The log: to standard error, where standard output is for what other programs read.

use std::io::{IsTerminal as _, Write};

use steadfast_collector::config::LogFormat;
use tracing_subscriber::EnvFilter;

/// Sets the log up. Colours are for terminals only, and so are all other control characters.
pub(crate) fn start(format: LogFormat) {
    let is_terminal = std::io::stderr().is_terminal();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let writer = move || Lines { out: std::io::stderr(), is_terminal };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_terminal)
        .with_writer(writer);
    match format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text => log.init(),
    }
}

/// Writes an event, which comes as a whole, as one line.
struct Lines<W> {
    out: W,
    is_terminal: bool,
}

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        if self.is_terminal {
            return self.out.write(event);
        }
        self.out.write_all(plain(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// The same without control characters but for the end of the line: they are written as escapes.
fn plain(event: &str) -> String {
    let (line, end) = match event.strip_suffix('\n') {
        Some(line) => (line, "\n"),
        None => (event, ""),
    };
    let mut plain = String::with_capacity(event.len());
    for character in line.chars() {
        if character.is_control() && character != '\t' {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
    }
    plain + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_without_control_characters() {
        assert_eq!(plain("a\tb ü\n"), "a\tb ü\n");
        assert_eq!(plain("a\nb\r\u{1b}[31m\u{9b}\n"), "a\\nb\\r\\u{1b}[31m\\u{9b}\n");
        let mut lines = Lines { out: Vec::new(), is_terminal: false };
        lines.write_all(b"a\x07b\n").unwrap();
        assert_eq!(lines.out, b"a\\u{7}b\n");
    }
}
