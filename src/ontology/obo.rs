//! obo
