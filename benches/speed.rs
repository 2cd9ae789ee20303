//! How long the parts of an answer take. Where two ways are compared, look at their ratio in one run.

#![expect(clippy::print_stderr, reason = "what is no time is printed once")]

mod material;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput};
use material::{Laps, Quantiles};
use rayon::prelude::*;
use term2id::index::{Index, Query};
use term2id::normalize::{Normalizer, OntologyTag};
use term2id::ontology::source::{self, Fetched, Options};
use term2id::retrieve::{Channel, Mention, Opener, Retriever, Several};
use term2id::text;

/// Candidates a query is asked for.
const TOP: usize = 10;

fn main() -> anyhow::Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    let fetched = material::fetch()?;
    let ontology = source::read(&fetched, &Options::default())?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (index, laps) = material::build(&ontology, folder.path(), Laps::start())?;
    let counts = index.manifest().counts;
    eprintln!("{} names of {} concepts, indexed in {} s", counts.names, counts.concepts, laps.total());
    drop(ontology);
    let index = Arc::new(index);
    let mentions = material::mentions(&index, 2000, 1);

    reading(&mut criterion, &fetched, &mentions);
    opening(&mut criterion, &index);
    querying(&mut criterion, &index, &mentions)?;
    several(&mut criterion, &index, &mentions)?;
    neighbours(&mut criterion, &index, &material::queries(&index, &mentions));
    normalizing(&mut criterion, &index, &mentions)?;
    criterion.final_summary();
    Ok(())
}

fn reading(criterion: &mut Criterion, fetched: &Fetched, mentions: &[Mention]) {
    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Elements(mentions.len() as u64));
    group.bench_function("normal form", |bencher| {
        bencher.iter(|| {
            for mention in mentions {
                black_box(text::normal_form(&mention.text));
            }
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("ontology");
    group.sample_size(10).throughput(Throughput::Bytes(fetched.bytes().expect("it can be read").len() as u64));
    group.bench_function("read OBO", |bencher| bencher.iter(|| source::read(fetched, &Options::default())));
    group.finish();
}

fn opening(criterion: &mut Criterion, index: &Index) {
    criterion.bench_function("index/open", |bencher| bencher.iter(|| Index::open(index.folder())));
}

fn querying(criterion: &mut Criterion, index: &Arc<Index>, mentions: &[Mention]) -> anyhow::Result<()> {
    let mut group = criterion.benchmark_group("query");
    for (name, only) in [
        ("whole", None),
        ("exact", Some(Channel::Exact)),
        ("lexical", Some(Channel::Lexical)),
        ("vector", Some(Channel::Vector)),
    ] {
        let retriever = material::retriever(index, only)?;
        let times = Quantiles::of(mentions, |mention| drop(black_box(retriever.retrieve(mention, TOP))));
        eprintln!("query/{name}: p50 {:?}, p99 {:?} of {} mentions", times.half, times.nearly_all, mentions.len());
        let mut next = mentions.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| next.next().map(|mention| retriever.retrieve(mention, TOP)));
        });
    }
    group.finish();
    Ok(())
}

/// Indexes that are asked as one.
const SEVERAL: usize = 4;

/// One index under several names, beside as many queries of it one after the other.
fn several(criterion: &mut Criterion, index: &Arc<Index>, mentions: &[Mention]) -> anyhow::Result<()> {
    let one = Arc::new(material::retriever(index, None)?);
    let ontology = |number: usize| -> (OntologyTag, Opener) {
        let one = Arc::clone(&one);
        (OntologyTag { name: number.to_string(), version: None }, Box::new(move || Ok(Arc::clone(&one))))
    };
    let several = Several::new((0..SEVERAL).map(ontology));
    let single = Quantiles::of(mentions, |mention| drop(black_box(one.retrieve(mention, TOP)))).half;
    let together = Quantiles::of(mentions, |mention| drop(black_box(several.retrieve(mention, TOP)))).half;
    eprintln!(
        "several: {SEVERAL} indexes as one / the sum of each {:.3} (p50 {together:?} / {SEVERAL} x {single:?}, {} threads)",
        together.as_secs_f64() / (SEVERAL as f64 * single.as_secs_f64()),
        rayon::current_num_threads(),
    );
    let mut next = mentions.iter().cycle();
    criterion.bench_function("query/several", |bencher| {
        bencher.iter(|| next.next().map(|mention| several.retrieve(mention, TOP)));
    });
    Ok(())
}

fn neighbours(criterion: &mut Criterion, index: &Index, queries: &[Query]) {
    let vectors = index.parts().vector();
    let hnsw = Quantiles::of(queries, |query| drop(black_box(vectors.search(query, material::NEAREST, None)))).half;
    let scan = Quantiles::of(queries, |query| drop(black_box(vectors.scan(query, material::NEAREST, None)))).half;
    eprintln!(
        "neighbours: recall@{} {:.4} of {} queries over {} vectors; HNSW / scan {:.3} (p50 {hnsw:?} / {scan:?})",
        material::NEAREST,
        material::recall(index, queries),
        queries.len(),
        vectors.len(),
        hnsw.as_secs_f64() / scan.as_secs_f64()
    );
    let mut group = criterion.benchmark_group("neighbours");
    let mut next = queries.iter().cycle();
    group.bench_function("hnsw", |bencher| {
        bencher.iter(|| next.next().map(|query| vectors.search(query, material::NEAREST, None)));
    });
    let mut next = queries.iter().cycle();
    group.bench_function("scan", |bencher| {
        bencher.iter(|| next.next().map(|query| vectors.scan(query, material::NEAREST, None)));
    });
    group.finish();
}

fn normalizing(criterion: &mut Criterion, index: &Arc<Index>, mentions: &[Mention]) -> anyhow::Result<()> {
    let tag = OntologyTag { name: index.manifest().name.clone(), version: None };
    let normalizer = Normalizer::new(Arc::new(material::retriever(index, None)?), tag, TOP);
    let mut group = criterion.benchmark_group("normalize");
    group.sample_size(10).throughput(Throughput::Elements(mentions.len() as u64));
    group.bench_function("one core", |bencher| {
        bencher.iter(|| {
            for mention in mentions {
                black_box(normalizer.normalize_by_retrieval(mention.clone()));
            }
        });
    });
    group.bench_function("all cores", |bencher| {
        bencher.iter(|| {
            mentions.par_iter().for_each(|mention| drop(black_box(normalizer.normalize_by_retrieval(mention.clone()))));
        });
    });
    group.finish();
    Ok(())
}
