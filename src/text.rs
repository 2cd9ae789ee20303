//! The normal form of a name.
