#![no_main]

use libfuzzer_sys::fuzz_target;
use term2id::ontology::{Ontology, obo};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(draft) = obo::read(bytes, "fuzzed") {
        let _ = Ontology::assemble(draft, "fuzzed", "fuzzed");
    }
});
