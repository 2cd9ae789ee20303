//! Generation: a language model chooses among the candidates that were retrieved, and only among them.

pub mod cassette;
