//! Brings a machine with rustup and Node to where the other commands can work.

mod centrifuge;
mod distribution;
mod node;
mod postgres;
mod program;
mod wasm_target;

pub(crate) use self::{
    centrifuge::centrifuge,
    node::node_packages,
    postgres::postgres,
    program::{chromium, firefox, nginx, prometheus},
    wasm_target::{WASM_TARGET, wasm_target},
};
