//! Lets one's own code choose among candidates where retrieval is in doubt, in a language model's place:
//! `cargo run --release --example own_generator`.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use term2id::build::{self, Plan};
use term2id::generate::{Answering, Choice, Decision, Generator, Offer, Signature};
use term2id::normalize::Rule;
use term2id::ontology::source::{self, Downloads, Options, Source};
use term2id::{Hybrid, Mention, Normalizer};

/// Chooses the first candidate of one ontology.
struct Prefers(&'static str);

impl Generator for Prefers {
    fn signature(&self) -> Signature {
        Signature { model: format!("prefers {}", self.0), prompt_hash: String::new() }
    }

    fn choose<'a>(&'a self, _mention: &'a Mention, offers: &'a [Offer]) -> Answering<'a, Decision> {
        Box::pin(async move {
            let first = offers.iter().position(|offer| offer.candidate.id.prefix() == self.0);
            let reason = format!("the first of {}", self.0);
            Ok(Decision { choice: first.map_or(Choice::NoMatch, Choice::Offer), reason, certainty: None })
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let indexes = tempfile::tempdir()?;
    let downloads = Downloads { folder: indexes.path(), refresh: false };
    let ontology = source::read(&Source::Sample.fetch(downloads, &|_, _| {})?, &Options::default())?;
    let index = build::index(&ontology, &Plan::new("sample"), indexes.path())?;
    let rule = Rule { always: true, ..Rule::default() };
    let normalizer =
        Normalizer::over(Hybrid::of(Arc::new(index))?, 10).with_generator(Arc::new(Prefers("MONDO")), rule);

    let answer = normalizer.normalize(Mention::new("heart attack")).await;
    let mut out = std::io::stdout().lock();
    let found = answer.answer().map_or("no match".to_owned(), |found| format!("{} {}", found.id, found.label));
    writeln!(out, "heart attack: {found}")?;
    Ok(())
}
