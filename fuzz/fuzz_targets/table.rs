#![no_main]

use libfuzzer_sys::fuzz_target;
use term2id::ontology::{Ontology, table};

fuzz_target!(|bytes: &[u8]| {
    for prefix in [None, Some("X".to_owned())] {
        let options = table::Options { prefix, ..table::Options::default() };
        if let Ok(draft) = table::read(bytes, "fuzzed", &options) {
            let _ = Ontology::assemble(draft, "fuzzed", "fuzzed");
        }
    }
});
