//! What the records look like in JSON, where that does not follow from their fields.

use alloc::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::time::Instant;

/// A duration on the wire, for `#[schemars(with = …)]`.
pub(crate) struct Millis;

impl JsonSchema for Millis {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Millis".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "description": "Milliseconds." })
    }
}

impl JsonSchema for Instant {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let description = "Milliseconds since the Unix epoch.";
        json_schema!({ "type": "integer", "minimum": 0, "description": description })
    }
}
