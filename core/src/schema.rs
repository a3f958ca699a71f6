//! What the records look like in JSON, where that does not follow from their fields.

use alloc::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::connection::{Metadata, MetadataValue};
use crate::report::ReportToken;
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

impl JsonSchema for ReportToken {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ReportToken".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{22,64}$" })
    }
}

impl JsonSchema for Metadata {
    fn schema_name() -> Cow<'static, str> {
        "Metadata".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<MetadataValue>();
        json_schema!({
            "type": "object",
            "description": "Facts about a session, by name.",
            "maxProperties": 32,
            "additionalProperties": value,
        })
    }
}
