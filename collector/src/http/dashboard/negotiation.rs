//! What a client accepts, and what it has already (RFC 9110, sections 12.5.3 and 13.1.2).

use axum::http::HeaderValue;

use super::asset::Encoding;

/// The encodings that a client accepts, those that it likes best first, and of those that it likes
/// alike the smallest. Who accepts none gets the file as it is.
pub(super) fn by_preference<'a>(
    accepted: impl IntoIterator<Item = &'a HeaderValue>,
) -> Vec<Encoding> {
    let named: Vec<(String, u32)> = items(accepted).filter_map(weighed).collect();
    let weight = |name: &str| named.iter().find(|(of, _)| of == name).map(|(_, weight)| *weight);
    let any = weight("*");
    let mut weights: Vec<(Encoding, u32)> = Encoding::ALL
        .into_iter()
        .map(|encoding| match encoding.name() {
            Some(name) => (encoding, weight(name).or(any).unwrap_or(0)),
            // Accepted unless it is ruled out, and less welcome than whatever is named.
            None => (encoding, weight("identity").or(any).unwrap_or(1)),
        })
        .filter(|(_, weight)| *weight > 0)
        .collect();
    weights.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    let mut encodings: Vec<_> = weights.into_iter().map(|(encoding, _)| encoding).collect();
    if !encodings.contains(&Encoding::Identity) {
        // Not every file is there in every encoding.
        encodings.push(Encoding::Identity);
    }
    encodings
}

/// Whether a client has what goes by this tag.
pub(super) fn is_known<'a>(known: impl IntoIterator<Item = &'a HeaderValue>, tag: &str) -> bool {
    items(known).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// What stands between the commas of all headers of a name.
fn items<'a>(headers: impl IntoIterator<Item = &'a HeaderValue>) -> impl Iterator<Item = &'a str> {
    let texts = headers.into_iter().filter_map(|header| header.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

/// A name in small letters, and its weight in thousandths.
fn weighed(item: &str) -> Option<(String, u32)> {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    let weight: f32 = weight.map_or(Some(1.0), |weight| weight.parse().ok())?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is clamped lies between 0 and 1000"
    )]
    let thousandths = (weight.clamp(0.0, 1.0) * 1000.0) as u32;
    Some((name, thousandths))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Encoding::{Brotli, Gzip, Identity};

    fn header(text: &'static str) -> [HeaderValue; 1] {
        [HeaderValue::from_static(text)]
    }

    #[test]
    fn the_smallest_of_the_encodings_that_a_client_likes_best_comes_first() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", &[Brotli, Gzip, Identity][..]),
            ("GZIP", &[Gzip, Identity]),
            ("br;q=0.5, gzip;q=0.8", &[Gzip, Brotli, Identity]),
            ("br;q=0, *", &[Gzip, Identity]),
            ("gzip;q=0.5, identity", &[Identity, Gzip]),
            ("identity;q=0, br", &[Brotli, Identity]),
            ("*;q=0", &[Identity]),
            ("br;q=x", &[Identity]),
            ("", &[Identity]),
        ] {
            assert_eq!(by_preference(&header(accepted)), expected, "{accepted:?}");
        }
        assert_eq!(by_preference(&[]), [Identity], "who says nothing may read nothing else");
        let two = [HeaderValue::from_static("gzip"), HeaderValue::from_static("br")];
        assert_eq!(by_preference(&two), [Brotli, Gzip, Identity]);
    }

    #[test]
    fn a_tag_is_known_by_itself_among_others_and_as_a_weak_one() {
        for known in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*"] {
            assert!(is_known(&header(known), "\"a\""), "{known}");
        }
        for unknown in ["", "\"b\"", "a", "\"a"] {
            assert!(!is_known(&header(unknown), "\"a\""), "{unknown}");
        }
    }
}
