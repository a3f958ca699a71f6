//! Holds what is answered against the `OpenAPI` document, in whichever test it is.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};
use steadfast_collector::openapi;

/// What is wrong with a value by a schema of the document.
pub(crate) fn unlike(value: &Value, schema: &Value, what: &str) -> Vec<String> {
    let wrong = validator(schema);
    let wrong = wrong.iter_errors(value);
    wrong.map(|error| format!("{what}: {error} at {}", error.instance_path())).collect()
}

/// Fails if no method of this path, or not the one that is named, may answer this.
pub(crate) fn assert_documented(method: Option<&str>, path: &str, status: u16, body: &Value) {
    let path = path.split('?').next().unwrap_or_default();
    let code = body["error"]["code"].as_str().unwrap_or_default();
    if matches!(code, "route.unknown" | "route.method") {
        return;
    }
    let paths = openapi()["paths"].as_object().unwrap();
    let items = paths.iter().filter(|(pattern, _)| is_at(pattern, path));
    let operations = items.flat_map(|(_, item)| item.as_object().unwrap());
    let operations = operations.filter(|(of, _)| method.is_none_or(|method| *of == method));
    let mut wrong = vec![format!("{method:?} {path} {status} is not in the document")];
    for (_, operation) in operations {
        let said = &operation["responses"][status.to_string()]["content"]["application/json"];
        if said.is_object() {
            wrong = unlike(body, &said["schema"], path);
            if wrong.is_empty() {
                return;
            }
        }
    }
    panic!("{body} is not what the document says: {wrong:?}");
}

fn is_at(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern.zip(path).all(|(said, given)| said.starts_with('{') || said == given)
}

/// Made once for each schema.
fn validator(schema: &Value) -> Arc<Validator> {
    static MADE: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let make = || {
        // References lead into the document.
        let whole = json!({ "components": openapi()["components"], "allOf": [schema] });
        Arc::new(jsonschema::draft202012::new(&whole).unwrap())
    };
    Arc::clone(MADE.lock().unwrap().entry(schema.to_string()).or_insert_with(make))
}
