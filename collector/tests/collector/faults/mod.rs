//! What the world does to a collector: it says so, loses nothing that it acknowledged, and goes on by
//! itself when it is over.

mod clock;
mod disk;
mod load;
mod server;
