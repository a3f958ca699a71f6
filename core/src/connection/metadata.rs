use alloc::string::String;
use alloc::vec::Vec;

/// Facts about a session, by name: at most 32, names of up to 64 bytes, texts of up to 256.
///
/// Ordered by name. In JSON an object.
// A sorted list: with so few entries it is as fast as a tree, and a tenth of its code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata(Vec<(String, MetadataValue)>);

/// One fact of a session's [`Metadata`].
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum MetadataValue {
    /// A truth value.
    Bool(bool),
    /// A number; finite.
    Number(f64),
    /// A text.
    Text(String),
}

impl Metadata {
    /// No facts.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many facts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fact of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&MetadataValue> {
        self.place(name).ok().map(|place| &self.0[place].1)
    }

    /// All of them, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &MetadataValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Notes a fact down; the one of this name that it takes the place of.
    pub fn insert(&mut self, name: String, value: MetadataValue) -> Option<MetadataValue> {
        match self.place(&name) {
            Ok(place) => Some(core::mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                self.0.insert(place, (name, value));
                None
            }
        }
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(name))
    }
}

impl FromIterator<(String, MetadataValue)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (String, MetadataValue)>>(facts: I) -> Self {
        let mut metadata = Self::new();
        facts.into_iter().for_each(|(name, value)| {
            metadata.insert(name, value);
        });
        metadata
    }
}

impl From<&str> for MetadataValue {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for MetadataValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for MetadataValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for MetadataValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

#[cfg(feature = "serde")]
mod wire {
    use core::fmt;

    use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
    use serde::ser::{Serialize, SerializeMap, Serializer};

    use super::{Metadata, String};

    impl Serialize for Metadata {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(self.len()))?;
            self.0.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
            map.end()
        }
    }

    impl<'de> Deserialize<'de> for Metadata {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Facts)
        }
    }

    struct Facts;

    impl<'de> Visitor<'de> for Facts {
        type Value = Metadata;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of texts, numbers and truth values")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
            let mut metadata = Metadata::new();
            while let Some((name, value)) = map.next_entry::<String, _>()? {
                metadata.insert(name, value);
            }
            Ok(metadata)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(metadata: &Metadata) -> Vec<&str> {
        metadata.iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn facts_are_ordered_by_name_however_they_came() {
        let fact = |name: &str| (name.into(), MetadataValue::Bool(true));
        let metadata: Metadata = ["plan", "age", "zone", "name"].map(fact).into_iter().collect();
        assert_eq!(names(&metadata), ["age", "name", "plan", "zone"]);
    }

    #[test]
    fn a_fact_takes_the_place_of_the_one_of_its_name() {
        let mut metadata = Metadata::new();
        assert_eq!(metadata.insert("plan".into(), "free".into()), None);
        assert_eq!(metadata.insert("plan".into(), "pro".into()), Some("free".into()));
        assert_eq!(metadata.get("plan"), Some(&"pro".into()));
        assert_eq!((metadata.len(), metadata.get("age")), (1, None));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn in_json_they_are_an_object() {
        let json = r#"{"age":7.0,"plan":"pro","trial":false}"#;
        let metadata: Metadata = serde_json::from_str(json).unwrap();
        assert_eq!(metadata.get("age"), Some(&7.0.into()));
        assert_eq!(serde_json::to_string(&metadata).unwrap(), json);
    }
}
