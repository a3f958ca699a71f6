//! Values of the core, as plain objects.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

/// The value as its JSON form would read: plain objects, arrays and numbers.
pub(crate) fn to_js(value: &impl Serialize) -> JsValue {
    // It fails on maps whose keys are no strings, of which the core has none.
    value.serialize(&Serializer::json_compatible()).unwrap_or_default()
}
