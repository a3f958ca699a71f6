use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use rust_embed::RustEmbed;

/// Debug builds read the files when asked for them, so that a dashboard built later is served
/// without building the collector again.
#[derive(RustEmbed)]
#[folder = "dashboard/dist"]
#[allow_missing = true]
struct Files;

/// How a file is packed. The build of the dashboard writes each file packed beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

/// A file of the dashboard in one encoding. Its bytes are there once, however many are sent them.
#[derive(Clone, Debug)]
pub(super) struct Asset {
    pub(super) bytes: Bytes,
    pub(super) encoding: Encoding,
    pub(super) media_type: String,
    digest: [u8; 32],
}

/// How long a debug build shares what it read of a file, before it looks whether it has changed.
const SHARED_FOR: Duration = Duration::from_secs(1);

impl Encoding {
    /// The smallest files first.
    pub(super) const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// The name in HTTP; none for a file as it is.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
}

impl Asset {
    /// The file in that encoding, if it was built so.
    pub(super) fn find(path: &str, encoding: Encoding) -> Option<Self> {
        let is_packed = |encoding: &Encoding| {
            *encoding != Encoding::Identity && path.ends_with(encoding.suffix())
        };
        // A packed file is no file of its own.
        if Encoding::ALL.iter().any(is_packed) {
            return None;
        }
        if cfg!(debug_assertions) {
            Self::shared(path, encoding)
        } else {
            Self::read(path, encoding)
        }
    }

    /// A strong validator: it differs between encodings.
    pub(super) fn tag(&self) -> String {
        format!("\"{}\"", hex::encode(self.digest))
    }

    fn read(path: &str, encoding: Encoding) -> Option<Self> {
        let file = Files::get(&format!("{path}{}", encoding.suffix()))?;
        let media_type = Files::get(path)?.metadata.mimetype().to_owned();
        let digest = file.metadata.sha256_hash();
        let bytes = match file.data {
            Cow::Borrowed(embedded) => Bytes::from_static(embedded),
            Cow::Owned(read) => read.into(),
        };
        Some(Self { bytes, encoding, media_type, digest })
    }

    /// The file as it was read within the last second, or as it is now.
    fn shared(path: &str, encoding: Encoding) -> Option<Self> {
        type Known = HashMap<String, (Instant, Asset)>;
        static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
        let name = format!("{path}{}", encoding.suffix());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read_at, asset)) = known.get(&name)
            && read_at.elapsed() < SHARED_FOR
        {
            return Some(asset.clone());
        }
        let read = Self::read(path, encoding)?;
        let before = known.remove(&name).map(|(_, asset)| asset);
        let asset = before.filter(|asset| asset.digest == read.digest).unwrap_or(read);
        known.insert(name, (Instant::now(), asset.clone()));
        Some(asset)
    }
}
