//! The head of an answer over HTTP/1: to an upgrade, or to a proxy's `CONNECT`.

use std::io;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Status and headers of an answer, and what came after them.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    /// Whether it is HTTP/1.1, and not 1.0.
    pub(crate) is_current: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) rest: Vec<u8>,
}

/// There is no head to be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeadError {
    #[error("the answer is no HTTP: {0}")]
    Invalid(httparse::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the answer is a TLS record")]
    Tls,
    #[error("the headers of the answer are longer than {MAX_BYTES} bytes")]
    TooLong,
}

/// The longest head that is read.
const MAX_BYTES: usize = 64 * 1024;

/// The most headers that are read.
const MAX_HEADERS: usize = 128;

/// Reads a head, and passes over interim ones (100, 103).
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Head, HeadError> {
    let mut read = Vec::with_capacity(1024);
    loop {
        match parse(&read)? {
            Some((head, length))
                if head.status.is_informational()
                    && head.status != StatusCode::SWITCHING_PROTOCOLS =>
            {
                read.drain(..length);
                continue;
            }
            Some((mut head, length)) => {
                head.rest = read.split_off(length);
                return Ok(head);
            }
            None => {}
        }
        if read.len() >= MAX_BYTES {
            return Err(HeadError::TooLong);
        }
        if stream.read_buf(&mut read).await? == 0 {
            let error = "the connection was closed before there was an answer";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, error).into());
        }
    }
}

/// The head and its length; absent while it is not complete.
fn parse(read: &[u8]) -> Result<Option<(Head, usize)>, HeadError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(read) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        // An alert or a handshake, of any version (RFC 8446, 5.1).
        Err(_) if matches!(read, [21 | 22, 3, ..]) => return Err(HeadError::Tls),
        Err(error) => return Err(HeadError::Invalid(error)),
    };
    let is_current = response.version == Some(1);
    let status = response.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or(HeadError::Invalid(httparse::Error::Status))?;
    let mut map = HeaderMap::new();
    for header in response.headers.iter() {
        // What httparse takes, these take as well.
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(header.name), HeaderValue::from_bytes(header.value))
        {
            map.append(name, value);
        }
    }
    Ok(Some((Head { status, is_current, headers: map, rest: Vec::new() }, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn head(mut bytes: &[u8]) -> Result<Head, HeadError> {
        read(&mut bytes).await
    }

    #[tokio::test]
    async fn interim_answers_are_passed_over_and_what_follows_the_head_is_kept() {
        let bytes =
            b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 101 Y\r\na: b\r\n\r\nmore";
        let head = head(bytes).await.unwrap();
        assert_eq!((head.status.as_u16(), head.rest.as_slice()), (101, b"more".as_slice()));
        assert_eq!(head.headers["a"], "b");
    }

    #[tokio::test]
    async fn what_is_no_http_is_told_apart_from_tls_and_from_an_end() {
        assert!(matches!(head(&[21, 3, 3, 0, 2, 2, 70]).await, Err(HeadError::Tls)));
        assert!(matches!(head(b"SSH-2.0-OpenSSH\r\n").await, Err(HeadError::Invalid(_))));
        assert!(matches!(head(b"HTTP/1.1 101").await, Err(HeadError::Io(_))));
        let long = [b"HTTP/1.1 200 OK\r\na: ".as_slice(), &vec![b'b'; MAX_BYTES]].concat();
        assert!(matches!(head(&long).await, Err(HeadError::TooLong)));
    }

    #[tokio::test]
    async fn an_answer_of_http_1_0_is_understood() {
        let head = head(b"HTTP/1.0 400 Bad Request\r\n\r\n").await.unwrap();
        assert!(!head.is_current && head.status == StatusCode::BAD_REQUEST);
    }
}
