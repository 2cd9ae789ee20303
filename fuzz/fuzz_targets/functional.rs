#![no_main]

use libfuzzer_sys::fuzz_target;
use term2id::ontology::Ontology;
use term2id::ontology::rdf::{self, Syntax};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(draft) = rdf::read(bytes, Syntax::Functional, "fuzzed") {
        let _ = Ontology::assemble(draft, "fuzzed", "fuzzed");
    }
});
