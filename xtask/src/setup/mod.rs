//! Brings a machine with rustup and Node to where the other commands can work.

mod browser;
mod node;
mod wasm_target;

pub(crate) use self::{
    browser::{chromium, firefox},
    node::node_packages,
    wasm_target::{WASM_TARGET, wasm_target},
};
