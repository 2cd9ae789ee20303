//! Reads an ontology in a format of one's own, builds its index and asks it: `cargo run --release --example own_reader`.
//!
//! The format here: a line a concept, its identifier, its label and other names between `|`.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use term2id::build::{self, Plan};
use term2id::ontology::{Concept, Curie, Draft, Name, Scope};
use term2id::{Hybrid, Mention, Normalizer, Ontology};

const LIST: &str = "\
TOOL:1 | hammer | claw hammer | ball-peen hammer
TOOL:2 | screwdriver | turnscrew
TOOL:3 | adjustable wrench | adjustable spanner | monkey wrench
";

/// What the list says, line by line; what it does not say is noted with its line.
fn read(list: &str) -> Draft {
    let mut draft = Draft { name: Some("tools".to_owned()), ..Draft::default() };
    for (line, text) in (1..).zip(list.lines()) {
        let mut cells = text.split('|').map(str::trim);
        let Some(id) = cells.next().and_then(|id| Curie::parse(id).ok()) else {
            draft.odd(line, "the line has no identifier; passed over");
            continue;
        };
        let scopes = [Scope::Label].into_iter().chain(std::iter::repeat(Scope::Exact));
        let mut concept = Concept::new(id);
        concept.names = cells.zip(scopes).map(|(text, scope)| Name::new(text, scope)).collect();
        draft.concepts.push((line, concept));
    }
    draft
}

fn main() -> Result<(), Box<dyn Error>> {
    let ontology = Ontology::assemble(read(LIST), "tools", "the list")?;
    let indexes = tempfile::tempdir()?;
    let index = build::index(&ontology, &Plan::new("tools"), indexes.path())?;
    let normalizer = Normalizer::over(Hybrid::of(Arc::new(index))?, 3);

    let mut out = std::io::stdout().lock();
    for mention in ["Monkey-wrench", "screw driver", "claw hammers"] {
        let answer = normalizer.normalize_by_retrieval(Mention::new(mention));
        let found = answer.answer().map_or("no match".to_owned(), |found| format!("{} {}", found.id, found.label));
        writeln!(out, "{mention}: {found}")?;
    }
    Ok(())
}
