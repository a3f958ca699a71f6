//! `GET /v1/openapi.json`: what is answered where, as `OpenAPI` 3.1 says it.
//!
//! The document is made from the list of routes that the router is made from; what each of them
//! says stands in [`operations`], and the records that they speak of in [`schemas`]. A test goes over
//! every route, and holds real answers against the schemas.

mod operations;
mod schemas;

use std::sync::LazyLock;

use axum::Json;
use serde_json::{Map, Value, json};

use super::addresses;
use operations::{Credential, Operation};

/// The document, made once.
pub(super) async fn show() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut paths = Map::new();
    for (method, path) in addresses() {
        // The dashboard's files are no interface.
        let Some(operation) = operations::of(method, path) else { continue };
        let item = paths.entry(path).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            item.insert(method.to_lowercase(), described(path, &operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Steadfast collector",
            "description": "Instants are Unix timestamps and durations numbers, both in milliseconds. What is absent is left out.",
            "license": { "name": "MIT OR Apache-2.0" },
            "version": env!("CARGO_PKG_VERSION"),
        },
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {
                "publishable": { "type": "http", "scheme": "bearer", "description": "A publishable key, pk_…" },
                "scrape": { "type": "http", "scheme": "bearer", "description": "The scrape key" },
                "secret": { "type": "http", "scheme": "bearer", "description": "A secret key, sk_…" },
                "ticket": { "type": "apiKey", "in": "query", "name": "ticket" },
            },
        },
    })
});

fn described(path: &str, operation: &Operation) -> Value {
    let in_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        let schema =
            json!({ "type": if path.contains("/alerts/") { "integer" } else { "string" } });
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let in_query = operation.query.iter().map(|(name, schema)| {
        json!({ "name": name, "in": "query", "required": false, "schema": schema })
    });
    let parameters: Vec<_> = in_path.chain(in_query).collect();
    let mut responses = Map::new();
    let answer = match &operation.answer {
        Some((media_type, schema)) => json!({
            "description": "As asked.",
            "content": { *media_type: { "schema": schema } },
        }),
        None => json!({ "description": "As asked." }),
    };
    responses.insert(operation.status.to_string(), answer);
    responses.insert(
        "default".to_owned(),
        json!({
            "description": "A refusal or a failure.",
            "content": { "application/json": { "schema": operation.refusal } },
        }),
    );
    let security = match operation.credential {
        Credential::None => json!([]),
        Credential::Publishable => json!([{ "publishable": [] }]),
        Credential::Scrape => json!([{}, { "scrape": [] }]),
        Credential::Secret => json!([{ "secret": [] }]),
        Credential::Ticket => json!([{ "ticket": [] }]),
    };
    let mut described = json!({
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
        "security": security,
    });
    if let (Some((required, body)), Value::Object(known)) = (&operation.body, &mut described) {
        let content = json!({ "application/json": { "schema": body } });
        known.insert("requestBody".to_owned(), json!({ "required": required, "content": content }));
    }
    described
}
