//! Puts the document together.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::operation::{Answer, Body, Credential, Operation};
use super::schemas::{Schemas, told};
use crate::http::error::Refusal;
use crate::http::operations;

pub(super) fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for ((method, path), operation) in operations() {
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method.to_lowercase()] = said(path, &operation, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Steadfast collector",
            "description": "Instants are Unix timestamps and durations numbers, both in milliseconds. What is absent is left out. \
                An address that there is not answers 404 `route.unknown`, and a method that it does not know 405 `route.method`.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": { "schemas": schemas.all(), "securitySchemes": security_schemes() },
    })
}

fn security_schemes() -> Value {
    let bearer = |what| json!({ "type": "http", "scheme": "bearer", "description": what });
    let in_query = |name: &str, what: &str| json!({ "type": "apiKey", "in": "query", "name": name, "description": what });
    let schemes = Credential::ALL.into_iter().filter_map(|credential| {
        let scheme = match credential {
            Credential::Nothing => return None,
            Credential::Publishable => bearer("A publishable key, pk_…"),
            Credential::PublishableInAddress => {
                in_query("key", "A publishable key, where no header can be sent: `sendBeacon`, and the last report of a page")
            }
            Credential::ReadOnly => bearer("A read-only key, rk_…"),
            Credential::Scrape => bearer("The scrape key"),
            Credential::Secret => bearer("A secret key, sk_…"),
            Credential::Ticket => in_query("ticket", "A ticket, good once and for half a minute"),
        };
        Some((credential.name()?.to_owned(), scheme))
    });
    Value::Object(schemes.collect())
}

fn said(path: &str, operation: &Operation, schemas: &mut Schemas) -> Value {
    let security = operation.credentials.iter().map(|credential| match credential.name() {
        Some(name) => json!({ name: [] }),
        None => json!({}),
    });
    let mut said = json!({
        "summary": operation.summary,
        "parameters": parameters(path, operation, &mut schemas.asked),
        "responses": responses(operation, schemas),
        "security": security.collect::<Value>(),
    });
    if let Some(body) = &operation.body {
        said["requestBody"] = request_body(body, &mut schemas.asked);
    }
    said
}

fn parameters(path: &str, operation: &Operation, asked: &mut SchemaGenerator) -> Value {
    let in_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<_> = in_path
        .zip(&operation.path)
        .map(|(name, schema)| {
            let schema = told(schema(asked));
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect();
    let Some(query) = operation.query else { return parameters.into() };
    let query = told(query(asked));
    let required: Vec<_> = query["required"].as_array().into_iter().flatten().collect();
    for (name, schema) in query["properties"].as_object().into_iter().flatten() {
        let is_required = required.iter().any(|one| *one == name);
        let mut schema = schema.clone();
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let mut parameter =
            json!({ "name": name, "in": "query", "required": is_required, "schema": schema });
        if let Some(description) = description {
            parameter["description"] = description;
        }
        // The values of a list stand in one parameter, with commas between them.
        if parameter["schema"]["type"] == "array" {
            parameter["explode"] = json!(false);
        }
        parameters.push(parameter);
    }
    parameters.into()
}

fn request_body(body: &Body, asked: &mut SchemaGenerator) -> Value {
    let content = body.content.iter().map(|(media_type, schema)| {
        let mut content = json!({ "schema": told(schema(asked)) });
        if let Some(example) = body.example.as_ref().filter(|_| media_type.ends_with("/json")) {
            content["example"] = example.clone();
        }
        ((*media_type).to_owned(), content)
    });
    let content: Map<_, _> = content.collect();
    json!({
        "description": "With `Content-Encoding: gzip` packed; the limits hold for what is packed and unpacked.",
        "required": body.required,
        "content": content,
    })
}

fn responses(operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    for (status, answer) in &operation.answers {
        let answer = match answer {
            Answer::Content(media_type, schema) => {
                let schema = told(schema(&mut schemas.answered));
                let content = json!({ *media_type: { "schema": schema } });
                json!({ "description": described(*status), "content": content })
            }
            Answer::Nothing => json!({ "description": described(*status) }),
        };
        responses.insert(status.to_string(), answer);
    }
    for (status, codes) in &operation.refusals {
        let refusal = told(schemas.answered.subschema_for::<Refusal<'_>>());
        let codes =
            json!({ "properties": { "error": { "properties": { "code": { "enum": codes } } } } });
        let content = json!({ "application/json": { "schema": { "allOf": [refusal, codes] } } });
        let mut answer = json!({ "description": described(*status), "content": content });
        if let Some((name, what)) = header(*status) {
            let schema =
                json!({ "type": if name == "Retry-After" { "integer" } else { "string" } });
            answer["headers"] =
                json!({ name: { "description": what, "required": true, "schema": schema } });
        }
        responses.insert(status.to_string(), answer);
    }
    responses.into()
}

/// The header that comes with every refusal of that status.
fn header(status: u16) -> Option<(&'static str, &'static str)> {
    match status {
        401 => Some(("WWW-Authenticate", "`Bearer`.")),
        429 | 503 => Some(("Retry-After", "How long to stay away at least, in seconds.")),
        _ => None,
    }
}

fn described(status: u16) -> &'static str {
    match status {
        101 => "The connection is a WebSocket from here on.",
        200 => "As asked.",
        201 => "It was made.",
        202 => "It is under way.",
        400 => "The request makes no sense.",
        401 => "The key or the ticket is missing, unknown, or good no longer.",
        403 => "The key is not for this.",
        404 => "There is no such thing.",
        408 => "The body took too long.",
        409 => "It cannot be done as things are.",
        413 => "The body is too long.",
        415 => "The body is of a kind that is not read.",
        426 => "This is for WebSockets.",
        429 => "More requests came with the key, or from the address, than are allowed.",
        503 => "It cannot be done now.",
        _ => "A refusal or a failure.",
    }
}
