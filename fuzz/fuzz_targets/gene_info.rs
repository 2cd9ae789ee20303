#![no_main]

use libfuzzer_sys::fuzz_target;
use term2id::ontology::gene_info::{self, Options};
use term2id::ontology::{Ontology, lines::Lines};

fuzz_target!(|bytes: &[u8]| {
    for taxa in [vec![], vec![9606]] {
        if let Ok(draft) = gene_info::read(Lines::new("fuzzed", bytes), &Options { taxa }) {
            let _ = Ontology::assemble(draft, "fuzzed", "fuzzed");
        }
    }
});
