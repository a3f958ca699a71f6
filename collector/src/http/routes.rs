//! A router that knows its addresses, and what is said of them.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post};

use super::openapi::{Described, Operation};
use crate::state::App;

/// A method, and the pattern of a path.
pub type Address = (&'static str, &'static str);

/// Routes, and the list of them, so that a test can go over every one.
#[derive(Debug, Default)]
pub(super) struct Routes {
    pub(super) router: Router<App>,
    /// What is no interface has no description.
    pub(super) addresses: Vec<(Address, Option<Operation>)>,
}

impl Routes {
    pub(super) fn delete<H, T: 'static, D>(
        self,
        path: &'static str,
        handler: H,
        about: Operation,
    ) -> Self
    where
        H: Handler<T, App> + Described<D>,
    {
        let about = about.with(handler.operation());
        self.route(("DELETE", path), delete(handler), Some(about))
    }

    pub(super) fn get<H, T: 'static, D>(
        self,
        path: &'static str,
        handler: H,
        about: Operation,
    ) -> Self
    where
        H: Handler<T, App> + Described<D>,
    {
        let about = about.with(handler.operation());
        self.route(("GET", path), get(handler), Some(about))
    }

    /// A page, or a file that belongs to one, which is no interface.
    pub(super) fn page<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.route(("GET", path), get(handler), None)
    }

    pub(super) fn post<H, T: 'static, D>(
        self,
        path: &'static str,
        handler: H,
        about: Operation,
    ) -> Self
    where
        H: Handler<T, App> + Described<D>,
    {
        let about = about.with(handler.operation());
        self.route(("POST", path), post(handler), Some(about))
    }

    fn route(
        mut self,
        address: Address,
        handler: MethodRouter<App>,
        about: Option<Operation>,
    ) -> Self {
        self.addresses.push((address, about));
        self.router = self.router.route(address.1, handler);
        self
    }
}
