#![no_main]

#[path = "../../tests/releases/mod.rs"]
mod releases;

use libfuzzer_sys::fuzz_target;
use term2id::ontology::Ontology;
use term2id::ontology::umls::Options;

fuzz_target!(|bytes: &[u8]| {
    for languages in [vec![], vec!["fr".to_owned()]] {
        if let Ok(draft) = releases::umls(bytes, &Options { languages, ..Options::default() }) {
            let _ = Ontology::assemble(draft, "fuzzed", "fuzzed");
        }
    }
});
