//! A router that knows its addresses.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post};

use crate::state::App;

/// A method, and the pattern of a path.
pub type Address = (&'static str, &'static str);

/// Routes, and the list of them, so that a test can go over every one.
#[derive(Debug, Default)]
pub(super) struct Routes {
    pub(super) router: Router<App>,
    pub(super) addresses: Vec<Address>,
}

impl Routes {
    pub(super) fn delete<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.route("DELETE", path, delete(handler))
    }

    pub(super) fn get<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.route("GET", path, get(handler))
    }

    pub(super) fn post<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.route("POST", path, post(handler))
    }

    /// A route that answers to this method.
    pub(super) fn route(
        mut self,
        method: &'static str,
        path: &'static str,
        handler: MethodRouter<App>,
    ) -> Self {
        self.addresses.push((method, path));
        self.router = self.router.route(path, handler);
        self
    }
}
