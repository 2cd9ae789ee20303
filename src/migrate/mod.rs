//! What changed between two releases of an ontology, and what that does to mappings.
