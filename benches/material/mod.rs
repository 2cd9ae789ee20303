//! What both benches work on: an ontology, mentions that resemble its names, its index, and how well the graph finds.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;
use term2id::embed::ngram::NgramEmbedder;
use term2id::embed::{Embedder, Encoders, training};
use term2id::index::{Build, Description, ENCODER_TABLE, GraphParameters, Index, Provenance, Query, Selection, Step};
use term2id::ontology::Ontology;
use term2id::ontology::source::{Downloads, Fetched, Source};
use term2id::retrieve::{Channel, Hybrid, Mention, Options};

/// Neighbours compared where recall is measured.
pub(crate) const NEAREST: usize = 10;

/// Whether `cargo bench` runs this, not a test of all targets.
pub(crate) fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// HPO where the shared data lies beside the checkout, else the ontology compiled in.
#[expect(clippy::print_stderr, reason = "a bench says what it measures")]
pub(crate) fn fetch() -> anyhow::Result<Fetched> {
    let hp = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ontologies/hp.obo");
    let source = if is_measured() && hp.is_file() { Source::Path(hp) } else { Source::Sample };
    let fetched = source.fetch(Downloads { folder: Path::new("unused"), refresh: false }, &|_, _| {})?;
    eprintln!("names of: {}", if source == Source::Sample { "the sample compiled in" } else { "hp.obo" });
    Ok(fetched)
}

/// Time gone by, and the processors' time where the system tells it.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    wall: Duration,
    processors: Option<Duration>,
}

/// Seconds, and in brackets those of all processors.
impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.wall.as_secs_f64())?;
        self.processors.map_or(Ok(()), |time| write!(f, " ({:.1})", time.as_secs_f64()))
    }
}

/// Tells what was spent between two moments.
struct Clock {
    at: Instant,
    processors: Option<Duration>,
}

impl Clock {
    fn start() -> Self {
        Self { at: Instant::now(), processors: processors() }
    }

    /// What was spent since the start or the last lap.
    fn lap(&mut self) -> Spent {
        let now = Self::start();
        let spent = Spent {
            wall: now.at - self.at,
            processors: now.processors.zip(self.processors).map(|(now, before)| now.saturating_sub(before)),
        };
        *self = now;
        spent
    }
}

/// User and system time of this process, all threads (Linux counts it in hundredths of a second).
fn processors() -> Option<Duration> {
    let stat = fs_err::read_to_string("/proc/self/stat").ok()?;
    let fields = stat.rsplit(')').next()?.split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(10 * ticks))
}

/// What each part of a piece of work cost, in order.
pub(crate) struct Laps {
    clock: Clock,
    pub(crate) parts: Vec<(&'static str, Spent)>,
}

impl Laps {
    pub(crate) fn start() -> Self {
        Self { clock: Clock::start(), parts: Vec::new() }
    }

    /// Ends `part`, unless it has ended before.
    pub(crate) fn end(&mut self, part: &'static str) {
        if self.parts.iter().all(|(ended, _)| *ended != part) {
            let spent = self.clock.lap();
            self.parts.push((part, spent));
        }
    }

    /// What all parts cost.
    pub(crate) fn total(&self) -> Spent {
        let none = Spent { wall: Duration::ZERO, processors: Some(Duration::ZERO) };
        self.parts.iter().fold(none, |total, (_, spent)| Spent {
            wall: total.wall + spent.wall,
            processors: total.processors.zip(spent.processors).map(|(total, spent)| total + spent),
        })
    }
}

/// Builds the index of `ontology` with default parameters, in the order of `term2id index`.
pub(crate) fn build(ontology: &Ontology, indexes: &Path, laps: Laps) -> anyhow::Result<(Index, Laps)> {
    let laps = Mutex::new(laps);
    let end = |part| {
        if let Ok(mut laps) = laps.lock() {
            laps.end(part);
        }
    };
    let selection = Selection::default();
    let build = Build::begin(indexes, ontology.name())?;
    let names = build.names(ontology, &selection)?;
    end("names and forms");
    let table = build.folder().join(ENCODER_TABLE);
    training::train(&names.forms_of_concepts(&BTreeSet::new()), &training::Options::default(), &table, &|_, _| {})?;
    end("training");
    let words = NgramEmbedder::open(&table)?;
    // A step begins where the one before it ends.
    let progress = |step, done, total| match step {
        Step::Encode => end("words and their vectors"),
        Step::Words if done < total => end("vectors"),
        Step::Words => end("BM25"),
        Step::EncodeDense | Step::Graph | Step::GraphDense => {}
    };
    let unsealed = build.search(names, &words, &words, None, Some(GraphParameters::default()), &progress)?;
    end("graph");
    let source = Provenance { given: ontology.name().to_owned(), blake3: String::new(), oddities: 0 };
    let description = Description {
        version: None,
        source,
        encoder: "ngram".parse()?,
        pooling: None,
        training: None,
        trained_with: Vec::new(),
        added_names: Vec::new(),
        simulated_mentions: None,
    };
    let index = unsealed.seal(description, ontology, &selection)?;
    end("sealing, opening");
    Ok((index, laps.into_inner()?))
}

/// The retriever over an index, asking all channels or one.
pub(crate) fn retriever(index: &Arc<Index>, only: Option<Channel>) -> anyhow::Result<Hybrid> {
    let encoders = Encoders { main: Arc::clone(index.parts().table()) as Arc<dyn Embedder>, beside: None };
    Ok(Hybrid::new(Arc::clone(index), encoders, &Options { only, ..Options::default() })?)
}

/// Mentions as people write them: names of the index with a typing error or without one of their words.
pub(crate) fn mentions(index: &Index, count: usize, seed: u64) -> Vec<Mention> {
    let mut random = Rng::with_seed(seed);
    let names = index.names();
    let last = u32::try_from(names.names()).expect("an index holds fewer names than 32 bits can count") - 1;
    (0..count)
        .map(|_| {
            let name = names.text(random.u32(0..=last));
            let mut words: Vec<&str> = name.split(' ').collect();
            Mention::new(if words.len() > 1 && random.bool() {
                words.remove(random.usize(0..words.len()));
                words.join(" ")
            } else {
                typing_error(name, &mut random)
            })
        })
        .collect()
}

/// The name with one character dropped, doubled, swapped with the next or replaced.
fn typing_error(name: &str, random: &mut Rng) -> String {
    let mut characters: Vec<char> = name.chars().collect();
    if characters.len() < 4 {
        return name.to_owned();
    }
    let at = random.usize(0..characters.len() - 1);
    match random.u8(0..4) {
        0 => drop(characters.remove(at)),
        1 => characters.insert(at, characters[at]),
        2 => characters.swap(at, at + 1),
        _ => characters[at] = random.lowercase(),
    }
    characters.into_iter().collect()
}

/// Half of the times are at most `half`, 99 of 100 at most `nearly_all`.
pub(crate) struct Quantiles {
    pub(crate) half: Duration,
    pub(crate) nearly_all: Duration,
}

impl Quantiles {
    /// Of the time `work` takes for each item.
    pub(crate) fn of<T>(items: &[T], mut work: impl FnMut(&T)) -> Self {
        let mut times: Vec<Duration> = items
            .iter()
            .map(|item| {
                let start = Instant::now();
                work(item);
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        Self { half: times[times.len() / 2], nearly_all: times[times.len() * 99 / 100] }
    }
}

/// The vectors of mentions, ready to be compared.
pub(crate) fn queries(index: &Index, mentions: &[Mention]) -> Vec<Query> {
    let words = index.parts().table();
    mentions.iter().map(|mention| index.parts().vector().query(words.vector(&mention.text))).collect()
}

/// The share of what the scan finds that the graph finds as well, of [`NEAREST`] a query. What is as near as the
/// scan's last counts as found: names of the same words in another order have the same vector.
pub(crate) fn recall(index: &Index, queries: &[Query]) -> f64 {
    let vectors = index.parts().vector();
    let (mut found, mut wanted) = (0, 0);
    for query in queries {
        let exact = vectors.scan(query, NEAREST, None);
        let Some(last) = exact.last() else { continue };
        let near = vectors.search(query, NEAREST, None);
        wanted += exact.len();
        found += near.iter().filter(|hit| hit.score >= last.score).count();
    }
    found as f64 / wanted as f64
}
