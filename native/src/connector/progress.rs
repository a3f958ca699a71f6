use tokio::sync::watch;

/// Tells how far a dial has come: see [`Connector::connect_telling`](super::Connector::connect_telling).
#[derive(Clone, Debug)]
pub struct Progress(watch::Sender<Stage>);

/// How far a dial has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The user is asked where to dial.
    Asks,
    /// The way to the peer is being looked for.
    Seeks,
    /// The peer has answered.
    Reached,
}

impl Progress {
    /// With what hears of it.
    pub(crate) fn new() -> (Self, watch::Receiver<Stage>) {
        let (sender, receiver) = watch::channel(Stage::Seeks);
        (Self(sender), receiver)
    }

    /// Says that something else than the peer is waited for, such as a token, and takes the time it takes.
    pub fn asks(&self) {
        self.tell(Stage::Asks);
    }

    /// Says that the way to the peer is looked for from now on.
    pub fn seeks(&self) {
        self.tell(Stage::Seeks);
    }

    /// Says that the peer has answered, by TCP's handshake, say: what follows may take as long as the connect timeout allows.
    pub fn reached(&self) {
        self.tell(Stage::Reached);
    }

    fn tell(&self, stage: Stage) {
        self.0.send_if_modified(|told| {
            let is_new = *told != stage && *told != Stage::Reached;
            if is_new {
                *told = stage;
            }
            is_new
        });
    }
}
