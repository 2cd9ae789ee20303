//! Normalizes a file with a mention a line: `cargo run --release --example normalize_file -- indexes/hp mentions.txt`.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use term2id::{Hybrid, Index, Mention, Normalizer};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("give the folder of an index and a file with a mention a line".into());
    };
    let index = Index::open(Path::new(&folder))?;
    let normalizer = Normalizer::over(Hybrid::of(Arc::new(index))?, 10);

    let mut out = std::io::stdout().lock();
    for line in fs_err::read_to_string(file)?.lines() {
        let answer = normalizer.normalize_by_retrieval(Mention::new(line));
        let (id, label) = answer.answer().map_or(("", ""), |found| (found.id.as_str(), found.label.as_str()));
        let confidence = answer.confidence.map(|sure| format!("{sure:.2}")).unwrap_or_default();
        writeln!(out, "{line}\t{id}\t{label}\t{confidence}\t{}", answer.decided_by.as_str())?;
    }
    Ok(())
}
