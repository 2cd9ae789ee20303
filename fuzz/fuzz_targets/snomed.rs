#![no_main]

#[path = "../../tests/releases/mod.rs"]
mod releases;

use libfuzzer_sys::fuzz_target;
use term2id::ontology::Ontology;
use term2id::ontology::snomed::Options;

fuzz_target!(|bytes: &[u8]| {
    for languages in [vec![], vec!["es".to_owned(), "en-gb".to_owned()]] {
        if let Ok(draft) = releases::snomed(bytes, &Options { languages }) {
            let _ = Ontology::assemble(draft, "fuzzed", "fuzzed");
        }
    }
});
