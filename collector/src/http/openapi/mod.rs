//! `GET /v1/openapi.json`: what is answered where, as `OpenAPI` 3.1 says it.
//!
//! All of it follows from the code. The addresses are those of the router. Requests and
//! answered follows from the types of each handler ([`described`]): an extractor says which
//! parameters, body and key it takes and how it refuses, an answer its status and form. What the
//! records look like follows from their derives ([`schemas`]). Only a summary and the refusals of
//! the handler itself stand beside the route. A test holds all real answers against the document.

mod described;
mod document;
mod operation;
mod schemas;

use std::sync::LazyLock;

use axum::Json;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;

pub(super) use described::{Answers, Asks, Described};
pub(super) use operation::{Credential, Operation, STORE_CODES, about};

/// The document itself, of which nothing but this is said in it.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Document(&'static Value);

/// The document.
pub(super) async fn show() -> Json<Document> {
    Json(Document(&DOCUMENT))
}

/// The document, made once.
pub(super) static DOCUMENT: LazyLock<Value> = LazyLock::new(document::document);

impl JsonSchema for Document {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Document".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "description": "An OpenAPI 3.1 document." })
    }
}
