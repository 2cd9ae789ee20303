//! term2id turns the words people write for biomedical things into the identifiers that data can be joined on.
//!
//! The modules in the order of the pipeline: an [`ontology`] is read, its names take their normal form ([`text`]) and
//! become vectors ([`embed`]), an [`index`] holds them ([`arrays`] on disk), [`retrieve`] finds candidates for a
//! mention, [`generate`] lets a language model choose among them where that is wanted ([`service`] asks it), [`normalize`]
//! makes an answer of it all, [`evaluate`] measures how right answers are, [`verify`] holds what others wrote against an
//! ontology, [`export`] writes answers, [`migrate`] brings what was written to the next release, [`review`] takes in what
//! a person decides about it, and [`cli`] is the door. Whatever comes as a table is read by [`tables`].
//!
//! ```
//! use term2id::ontology::Curie;
//! use term2id::text;
//!
//! // However it is written, an identifier is one identifier, and a name is one name.
//! assert_eq!(Curie::parse("http://purl.obolibrary.org/obo/HP_0001250")?, Curie::parse("hp:0001250")?);
//! assert_eq!(text::normal_form("Down's Syndrome"), text::normal_form("down syndrome"));
//! # Ok::<(), term2id::ontology::curie::Error>(())
//! ```
//!
//! Most programs need an [`Index`] (opened, or made by [`build`]), a [`Hybrid`] over it and a [`Normalizer`] over that. An
//! [`Embedder`](embed::Embedder), a [`Retriever`](retrieve::Retriever) and a [`Generator`](generate::Generator) may be
//! one's own. `tests/interface.rs` holds these to their form; the other modules are what the command line is made of, and
//! may change more freely.

pub mod ontology;

pub mod text;

pub mod tables;

pub mod service;

pub mod embed;

pub mod arrays;

pub mod index;

pub mod retrieve;

pub mod build;

pub mod generate;

pub mod normalize;

pub mod evaluate;

pub mod verify;

pub mod export;

pub mod migrate;

pub mod review;

pub mod cli;

pub use index::Index;
pub use normalize::{Normalization, Normalizer};
pub use ontology::Ontology;
pub use retrieve::{Candidate, Hybrid, Mention};
