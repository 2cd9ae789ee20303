//! term2id turns the words people write for biomedical things into the identifiers that data can be joined on.

pub mod ontology;

pub mod text;

pub mod arrays;

pub mod embed;

pub mod index;

pub mod retrieve;

pub mod normalize;

pub mod export;

pub mod cli;
