//! Where to dial.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(raw_module = "./address.js")]
extern "C" {
    /// The address as a socket takes it, or why it is none.
    #[wasm_bindgen(js_name = socketAddress, catch)]
    fn socket_address(given: &JsValue) -> Result<String, JsValue>;
}

/// The address of the server, or a function that says it.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Fixed(String),
    /// Called anew for each dial, so that a token in the address is always fresh.
    Function(Function),
}

impl Address {
    /// From what the user gave.
    pub(crate) fn new(given: JsValue) -> Result<Self, JsValue> {
        match given.dyn_into::<Function>() {
            Ok(function) => Ok(Self::Function(function)),
            Err(given) => socket_address(&given).map(Self::Fixed),
        }
    }
}

/// Calls the user's function, waits for its promise, and checks the address that comes.
pub(crate) async fn resolve(function: Function) -> Result<String, JsValue> {
    let given = function.call0(&JsValue::UNDEFINED)?;
    let given = JsFuture::from(Promise::resolve(&given)).await?;
    socket_address(&given)
}
