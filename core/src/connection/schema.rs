//! Metadata in JSON.

use alloc::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Metadata, MetadataValue};

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
