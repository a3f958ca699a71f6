//! How a handler's signature becomes an operation of the document.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use schemars::JsonSchema;

use super::Operation;
use crate::http::error::ApiError;
use crate::state::App;

/// An extractor, which says what it asks of a request and how it refuses.
pub(in crate::http) trait Asks {
    fn describe(operation: &mut Operation);
}

/// What a handler answers with.
pub(in crate::http) trait Answers {
    fn describe(operation: &mut Operation);
}

/// A handler. `T` tells its arguments, as with axum's `Handler`.
pub(in crate::http) trait Described<T> {
    /// What its signature says.
    fn operation(&self) -> Operation;
}

macro_rules! described {
    ($($argument:ident)*) => {
        impl<F, Answer, Answered, $($argument),*> Described<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Answer,
            Answer: Future<Output = Answered>,
            Answered: Answers,
            $($argument: Asks),*
        {
            fn operation(&self) -> Operation {
                let mut operation = Operation::default();
                $($argument::describe(&mut operation);)*
                Answered::describe(&mut operation);
                operation
            }
        }
    };
}

described!();
described!(A);
described!(A B);
described!(A B C);
described!(A B C D);
described!(A B C D E);

impl Asks for State<App> {
    fn describe(_: &mut Operation) {}
}

/// An extractor whose refusal the handler sees.
impl<T: Asks> Asks for Result<T, ApiError> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

impl Asks for HeaderMap {
    fn describe(_: &mut Operation) {}
}

impl<T: JsonSchema> Answers for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.answers_json::<T>(200);
    }
}

impl Answers for &'static str {
    fn describe(operation: &mut Operation) {
        operation.answers_text(200);
    }
}

/// How it refuses is said by the extractors and beside the route.
impl<T: Answers> Answers for Result<T, ApiError> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}
