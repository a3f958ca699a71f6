use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::connector::Dial;

/// Something that a dial needs: known from the start, or asked for every time.
#[derive(Clone)]
pub(crate) enum Asked<T> {
    Each(Arc<dyn Fn(Dial) -> Asking<T> + Send + Sync>),
    Once(T),
}

/// The user's function at work. What exactly failed stays with the user: it may quote a secret.
type Asking<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

impl<T: Clone> Asked<T> {
    /// Asks a clone of this function for each dial, and makes what is needed of what it gives. A
    /// clone, because the future may borrow from the function (`async move |_| …`), and has to be
    /// `Send`, which cannot be demanded of the futures of an `AsyncFn`.
    pub(crate) fn each<F, Asking, Given, E>(ask: F, make: fn(Given) -> T) -> Self
    where
        F: FnOnce(Dial) -> Asking + Clone + Send + Sync + 'static,
        Asking: Future<Output = Result<Given, E>> + Send + 'static,
        T: 'static,
        Given: 'static,
        E: 'static,
    {
        Self::Each(Arc::new(move |dial| {
            let asking = ask.clone()(dial);
            Box::pin(async move { asking.await.ok().map(make) })
        }))
    }

    pub(crate) fn once(&self) -> Option<&T> {
        match self {
            Self::Each(_) => None,
            Self::Once(value) => Some(value),
        }
    }

    /// What it is for this dial; absent if the user's function failed.
    pub(crate) async fn ask(&self, dial: Dial) -> Option<T> {
        match self {
            Self::Each(ask) => ask(dial).await,
            Self::Once(value) => Some(value.clone()),
        }
    }
}

impl<T> fmt::Debug for Asked<T> {
    // Nothing of the value: it may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Each(_) => "Each",
            Self::Once(_) => "Once",
        })
    }
}
