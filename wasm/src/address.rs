//! Where to dial.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// The address of the server, or a function that says it, along with the sub-protocols.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Fixed(String),
    /// Called anew for each dial, so that a token in the address is always fresh.
    Function(Function),
}

impl Address {
    /// From what JavaScript made of what the user gave: see address.js.
    pub(crate) fn new(given: JsValue) -> Self {
        match given.dyn_into::<Function>() {
            Ok(function) => Self::Function(function),
            Err(given) => Self::Fixed(given.as_string().unwrap_or_default()),
        }
    }
}

/// Calls the function, and waits for what it says: an address that was checked, and what to offer.
/// If it shall `refresh`, it must not say what it remembers.
pub(crate) async fn resolve(function: Function, refresh: bool) -> Result<(String, Array), JsValue> {
    let given = function.call1(&JsValue::UNDEFINED, &refresh.into())?;
    let given: Array = JsFuture::from(Promise::resolve(&given)).await?.unchecked_into();
    Ok((given.get(0).as_string().unwrap_or_default(), given.get(1).unchecked_into()))
}
