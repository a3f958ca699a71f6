use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

/// What is said of one route.
#[derive(Debug, Default)]
pub(in crate::http) struct Operation {
    pub(super) summary: &'static str,
    pub(super) credentials: Vec<Credential>,
    /// What stands in the path, in its order.
    pub(super) path: Vec<SchemaOf>,
    /// An object, each of whose fields may stand in the query.
    pub(super) query: Option<SchemaOf>,
    pub(super) body: Option<Body>,
    pub(super) answers: BTreeMap<u16, Answer>,
    /// The codes of its refusals, by status.
    pub(super) refusals: BTreeMap<u16, BTreeSet<&'static str>>,
}

/// What a request may come with, under the name that it has in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::http) enum Credential {
    /// Nothing: it is optional.
    Nothing,
    Publishable,
    PublishableInAddress,
    ReadOnly,
    Scrape,
    Secret,
    Ticket,
}

/// What a body may be.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) required: bool,
    /// The schema of each media type.
    pub(super) content: Vec<(&'static str, SchemaOf)>,
    pub(super) example: Option<Value>,
}

/// What an answer is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// Of that media type.
    Content(&'static str, SchemaOf),
    /// Nothing that is HTTP.
    Nothing,
}

/// Makes the schema of a type.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

pub(super) const CSV: &str = "text/csv";
pub(super) const JSON: &str = "application/json";
pub(super) const TEXT: &str = "text/plain";

/// The codes of a database that fails.
pub(in crate::http) const STORE_CODES: [&str; 2] = ["store.malformed", "store.unavailable"];

/// What stands beside a route: a summary, and how the handler itself refuses.
pub(in crate::http) fn about(summary: &'static str) -> Operation {
    Operation { summary, ..Operation::default() }
}

impl Operation {
    /// The same, which may refuse so, too.
    pub(in crate::http) fn or(mut self, status: u16, codes: &[&'static str]) -> Self {
        self.refuses(status, codes);
        self
    }

    /// Both of what stands beside a route and what its handler's signature says.
    pub(in crate::http) fn with(mut self, signature: Self) -> Self {
        for (status, codes) in signature.refusals {
            self.refusals.entry(status).or_default().extend(codes);
        }
        Self { summary: self.summary, refusals: self.refusals, ..signature }
    }

    pub(in crate::http) fn refuses(&mut self, status: u16, codes: &[&'static str]) {
        self.refusals.entry(status).or_default().extend(codes);
    }

    pub(in crate::http) fn asks_for(&mut self, credential: Credential) {
        self.credentials.push(credential);
    }

    pub(in crate::http) fn asks_in_path<T: JsonSchema>(&mut self) {
        self.path.push(SchemaGenerator::subschema_for::<T>);
    }

    pub(in crate::http) fn asks_in_query<T: JsonSchema>(&mut self) {
        self.query = Some(T::json_schema);
    }

    /// A body, whose example is an example of every media type.
    pub(in crate::http) fn asks_for_body(
        &mut self,
        required: bool,
        content: Vec<(&'static str, SchemaOf)>,
        example: Option<Value>,
    ) {
        self.body = Some(Body { required, content, example });
    }

    /// A body of JSON.
    pub(in crate::http) fn asks_for_json<T: JsonSchema>(&mut self, required: bool) {
        let content = vec![(JSON, SchemaGenerator::subschema_for::<T> as SchemaOf)];
        self.asks_for_body(required, content, None);
    }

    pub(in crate::http) fn answers_json<T: JsonSchema>(&mut self, status: u16) {
        let schema = SchemaGenerator::subschema_for::<T>;
        self.answers.insert(status, Answer::Content(JSON, schema));
    }

    pub(in crate::http) fn answers_text(&mut self, status: u16) {
        let schema = SchemaGenerator::subschema_for::<String>;
        self.answers.insert(status, Answer::Content(TEXT, schema));
    }

    pub(in crate::http) fn answers_csv(&mut self, status: u16) {
        let schema = SchemaGenerator::subschema_for::<String>;
        self.answers.insert(status, Answer::Content(CSV, schema));
    }

    pub(in crate::http) fn answers_nothing(&mut self, status: u16) {
        self.answers.insert(status, Answer::Nothing);
    }
}

impl Credential {
    /// Every one that has a scheme in the document.
    pub(super) const ALL: [Self; 6] = [
        Self::Publishable,
        Self::PublishableInAddress,
        Self::ReadOnly,
        Self::Scrape,
        Self::Secret,
        Self::Ticket,
    ];

    /// Its name in the document; none for nothing.
    pub(super) fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Nothing => return None,
            Self::Publishable => "publishable",
            Self::PublishableInAddress => "publishableInAddress",
            Self::ReadOnly => "readOnly",
            Self::Scrape => "scrape",
            Self::Secret => "secret",
            Self::Ticket => "ticket",
        })
    }
}
