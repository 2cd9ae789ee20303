//! From rows to rows with answers: one thread cuts rows, all cores retrieve, a model is asked about what is in doubt, and
//! the caller's thread writes, in order.
//!
//! What is under way is bounded (a few batches before and after the cores, some hundred rows before the model), so memory
//! does not grow with the input.

use std::io::Write;
use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use tokio::sync::Semaphore;

use super::Error;
use super::documents::{Documents, Unplaced};
use super::layout::{Layout, Row, Wanted};
use crate::export::phenopacket::Finding;
use crate::export::review::{self, Certainty};
use crate::export::sssom::{Mapping, MappingSet};
use crate::export::table::Dialect;
use crate::export::{error_line, json, table};
use crate::generate;
use crate::normalize::{self, Begun, DecidedBy, Normalization, Normalizer, Outcome, Question};
use crate::retrieve::Mention;
use crate::tables::{self, Batch, Format, Input, Problem, Record, Records};

/// Batches that wait on either side of the cores.
const WAITING: usize = 3;

/// Parts of the output that wait for the one before them, at most: rows a model is asked about, or runs of others.
const UNDER_WAY: usize = 1024;

/// How long calls that are under way may still take when the run stops.
const LAST_CALLS: Duration = Duration::from_secs(30);

/// How answers are written.
#[derive(Debug, Clone)]
pub(super) enum Writing {
    Table(Dialect),
    Json,
    /// As mappings of this set; what failed is none.
    Mappings(Arc<MappingSet>),
    /// As what a row says about a document, a JSON object a line; what failed says nothing.
    Findings(Arc<Documents>),
}

/// How many rows there were, by what decided them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) rows: u64,
    /// Bytes of the input that these rows were.
    pub(super) bytes: u64,
    pub(super) exact: u64,
    pub(super) retrieval: u64,
    /// Answered by their parts.
    pub(super) composite: u64,
    /// Of those that have an answer, those that negate it.
    pub(super) negated: u64,
    /// Matched by a model's choice.
    pub(super) model: u64,
    pub(super) none: u64,
    /// Of those without a match, the rows for which a model chose none.
    pub(super) model_none: u64,
    pub(super) failed: u64,
    /// Of those matched, the rows whose answer is tied with others.
    pub(super) tied: u64,
    /// Of those without a match, the rows whose best candidate is not sure enough.
    pub(super) unsure: u64,
    /// Of those failed, the rows for which a model's answer was not offered.
    pub(super) not_offered: u64,
    /// Of those failed, the rows for which a model's answer could not be read.
    pub(super) unreadable: u64,
    /// The rows that no model was asked about, though there was something to answer.
    pub(super) spared: u64,
    /// In a review sheet, the rows that need no person.
    pub(super) certain: u64,
    /// In a review sheet, the rows that a person is to decide.
    pub(super) to_decide: u64,
    /// Why the first of the failed rows failed.
    pub(super) first_failure: Option<String>,
    /// Whether the run stopped before its end, since nothing more could be asked; the rows behind the last that was
    /// asked about are not among these.
    pub(super) is_stopped: bool,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.bytes += other.bytes;
        self.exact += other.exact;
        self.retrieval += other.retrieval;
        self.model += other.model;
        self.none += other.none;
        self.model_none += other.model_none;
        self.not_offered += other.not_offered;
        self.unreadable += other.unreadable;
        self.spared += other.spared;
        self.failed += other.failed;
        self.composite += other.composite;
        self.negated += other.negated;
        self.tied += other.tied;
        self.unsure += other.unsure;
        self.certain += other.certain;
        self.to_decide += other.to_decide;
        self.first_failure = self.first_failure.take().or(other.first_failure);
    }
}

impl Tally {
    fn of(normalization: &Normalization, layout: &Layout, line: u64) -> Self {
        let mut tally = Self { rows: 1, ..Self::default() };
        let is_match = matches!(normalization.outcome, Outcome::Chosen(_) | Outcome::Composite);
        *match normalization.decided_by {
            DecidedBy::Exact => &mut tally.exact,
            DecidedBy::Retrieval => &mut tally.retrieval,
            DecidedBy::Parts => &mut tally.composite,
            DecidedBy::Model if is_match => &mut tally.model,
            DecidedBy::Model | DecidedBy::None => &mut tally.none,
            DecidedBy::Error => &mut tally.failed,
        } += 1;
        tally.model_none = u64::from(normalization.decided_by == DecidedBy::Model && !is_match);
        match normalization.error() {
            Some(normalize::Error::Generate(generate::Error::NotOffered { .. })) => tally.not_offered = 1,
            Some(normalize::Error::Generate(generate::Error::Unreadable { .. })) => tally.unreadable = 1,
            _ => {}
        }
        tally.tied = u64::from(normalization.tie.is_some() && normalization.answer().is_some());
        let mut said = std::iter::once(normalization).chain(&normalization.parts);
        tally.negated = u64::from(is_match && said.any(|answer| answer.qualifiers.negation.is_some()));
        tally.unsure = u64::from(normalization.is_unsure());
        tally.first_failure = normalization.error().map(|error| match error {
            normalize::Error::Row(error) => error.to_string(),
            error => format!("{}:{line}: {}", layout.place(), error_line(error)),
        });
        tally
    }
}

/// A run that is about to begin: the input's columns are known.
pub(super) struct Stream {
    records: Records,
    layout: Layout,
    first: Batch,
    place: String,
    review: Option<Certainty>,
}

/// Rows as they are written.
struct Written {
    bytes: Vec<u8>,
    tally: Tally,
    /// Whether a model has answered about them.
    is_paid: bool,
    /// Whether it could not be asked, nor about anything else any more.
    stops: bool,
}

/// A part of the output.
enum Part {
    /// Rows that have their answers.
    Written(Written),
    /// A row that a model is to be asked about.
    Doubtful { batch: Arc<Batch>, at: usize, question: Question },
}

/// What the answering thread makes of a batch.
type Answered = std::io::Result<Vec<Part>>;

impl Stream {
    /// Recognises the format, where none is given, and reads the header.
    pub(super) fn begin(mut input: Input, format: Option<Format>, wanted: &Wanted) -> Result<Self, Error> {
        let format = match input.format().or(format) {
            Some(format) => format,
            None => super::layout::recognise(&mut input, wanted)?,
        };
        let line_end = input.line_end()?;
        let place = input.place.clone();
        let mut records = Records::of(input, format, line_end);
        let mut first = Batch::default();
        let layout = Layout::read(&mut records, format, wanted, &place, &mut first)?;
        Ok(Self { records, layout, first, place, review: None })
    }

    /// The same, but tables become review sheets.
    pub(super) fn for_review(mut self, certainty: Option<Certainty>) -> Self {
        self.review = certainty;
        self
    }

    /// The same, with what is expected of mentions whose rows do not say.
    pub(super) fn expecting(mut self, usually: &[String]) -> Self {
        self.layout = self.layout.expecting(usually);
        self
    }

    /// The input's own format.
    pub(super) const fn format(&self) -> Format {
        self.layout.format
    }

    /// Whether a table has these columns; objects have their keys anywhere.
    pub(super) fn require<'a>(&self, columns: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let found = &self.layout.columns;
        let missing = columns.into_iter().find(|name| !found.iter().any(|column| column == name));
        match missing.filter(|_| self.layout.format != Format::Jsonl) {
            Some(column) => {
                let (place, found) = (self.place.clone(), found.clone());
                Err(Error::NoOtherColumn { place, column: column.to_owned(), found })
            }
            None => Ok(()),
        }
    }

    /// The input's columns.
    pub(super) fn columns(&self) -> &[String] {
        &self.layout.columns
    }

    /// Answers every row, by a model `at_once` at a time. `each` is told after each part of the output how far it is.
    ///
    /// The other threads are left alone when writing fails or the run stops: one of them may be waiting for input that
    /// never comes.
    pub(super) fn run(
        self,
        normalizer: &Normalizer,
        writing: Writing,
        threads: usize,
        at_once: usize,
        out: &mut dyn Write,
        each: &mut dyn FnMut(&Tally),
    ) -> anyhow::Result<Tally> {
        let Self { mut records, layout, first, place, review } = self;
        let may_judge = normalizer.has_generator();
        match &writing {
            Writing::Table(dialect) => {
                let ours = table::header(&layout.columns, may_judge, &normalizer.namespaces());
                write_header(out, &layout, *dialect, ours, review.is_some())?;
            }
            Writing::Mappings(set) => {
                let mut header = Vec::new();
                set.write_header(&mut header)?;
                out.write_all(&header)?;
            }
            Writing::Json | Writing::Findings(_) => {}
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let (batches, cut) = sync_channel(WAITING);
        let (answers, answered) = tokio::sync::mpsc::channel(WAITING);
        let turns = Arc::new(Semaphore::new(at_once));
        let worker = Arc::new(Worker { normalizer: normalizer.clone(), layout, writing, may_judge, review, turns });
        let reading =
            thread::Builder::new().name("reader".to_owned()).spawn(move || read(&mut records, first, &batches))?;
        let answering = {
            let worker = Arc::clone(&worker);
            let work = move || worker.answer_all(&pool, &cut, &answers);
            thread::Builder::new().name("answers".to_owned()).spawn(work)?
        };
        let runtime = if may_judge {
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?
        } else {
            tokio::runtime::Builder::new_current_thread().build()?
        };
        let written = runtime.block_on(write_all(&worker, answered, &place, out, each));
        // What was cut off may still be waiting for a service.
        runtime.shutdown_background();
        let tally = written?;
        if tally.is_stopped {
            return Ok(tally);
        }
        // The answers also end where a thread panicked, and then they are not all.
        if answering.join().is_err() {
            anyhow::bail!("a thread that looked for answers stopped");
        }
        // It has let go of the batches, so it has stopped or is about to.
        if reading.join().is_err() {
            anyhow::bail!("the thread that reads rows stopped");
        }
        Ok(tally)
    }
}

/// Writes the parts in their order, asking about several at once, until there are no more or nothing more can be asked.
async fn write_all(
    worker: &Arc<Worker>,
    mut answered: tokio::sync::mpsc::Receiver<Answered>,
    place: &str,
    out: &mut dyn Write,
    each: &mut dyn FnMut(&Tally),
) -> anyhow::Result<Tally> {
    let read_failed = |source| tables::Error::Read { place: place.to_owned(), source };
    let mut under_way = FuturesOrdered::new();
    let mut tally = Tally::default();
    let mut is_open = true;
    while is_open || !under_way.is_empty() {
        tokio::select! {
            parts = answered.recv(), if is_open && under_way.len() < UNDER_WAY => match parts {
                Some(parts) => for part in parts.map_err(read_failed)? {
                    under_way.push_back(written(Arc::clone(worker), part));
                },
                None => is_open = false,
            },
            Some(written) = under_way.next() => {
                let written = written?;
                if written.stops {
                    let behind = behind(written, under_way).await?;
                    for written in behind {
                        out.write_all(&written.bytes)?;
                        tally += written.tally;
                    }
                    tally.is_stopped = true;
                    return Ok(tally);
                }
                out.write_all(&written.bytes)?;
                out.flush()?;
                tally += written.tally;
                each(&tally);
            }
        }
    }
    Ok(tally)
}

/// When nothing more can be asked: the first row that could not be asked about and those behind it, up to the last that is
/// answered and so paid for. What is under way is waited for.
async fn behind(
    first: Written,
    mut under_way: FuturesOrdered<impl Future<Output = anyhow::Result<Written>>>,
) -> anyhow::Result<Vec<Written>> {
    let mut behind = vec![first];
    let mut paid = 0;
    let end = tokio::time::Instant::now() + LAST_CALLS;
    while let Ok(Some(written)) = tokio::time::timeout_at(end, under_way.next()).await {
        behind.push(written?);
        if behind.last().is_some_and(|written| written.is_paid) {
            paid = behind.len();
        }
    }
    behind.truncate(paid);
    Ok(behind)
}

/// A part with its answers, for some of which a model is asked.
async fn written(worker: Arc<Worker>, part: Part) -> anyhow::Result<Written> {
    let (batch, at, question) = match part {
        Part::Written(written) => return Ok(written),
        Part::Doubtful { batch, at, question } => (batch, at, question),
    };
    // Rows take their turns in their order: where a limit ends the run, what was paid for is its beginning, and not
    // rows here and there that cannot be written without those between them.
    let turn = Arc::clone(&worker.turns).acquire_owned().await.expect("nobody closes it");
    // A task of its own, so that it goes on while others are written.
    let task = tokio::spawn(async move {
        let normalization = worker.normalizer.ask(question).await;
        drop(turn);
        let record = &batch.records[at];
        worker.write(&worker.layout.row(batch.bytes(record), record), record, &normalization)
    });
    Ok(task.await??)
}

fn write_header(
    out: &mut dyn Write,
    layout: &Layout,
    dialect: Dialect,
    mut ours: Vec<String>,
    is_review: bool,
) -> std::io::Result<()> {
    if is_review {
        let taken: Vec<String> = layout.columns.iter().chain(&ours).cloned().collect();
        ours.extend(review::header(&taken));
    }
    match &layout.header {
        Some(header) if layout.dialect() == Some(dialect) && !has_formula(&layout.columns) => {
            out.write_all(header.as_bytes())?;
            out.write_all(&[dialect.separator()])?;
            dialect.write_line(out, ours)
        }
        _ => dialect.write_line(out, layout.columns.iter().chain(&ours)),
    }
}

/// Whether cells must not be passed on as they are written.
fn has_formula(cells: &[impl AsRef<str>]) -> bool {
    cells.iter().any(|cell| crate::tables::is_formula(cell.as_ref()))
}

/// Cuts batches until the input ends, fails, or nobody wants them.
fn read(records: &mut Records, first: Batch, batches: &SyncSender<std::io::Result<Batch>>) {
    let mut batch = first;
    loop {
        let more = records.fill(&mut batch);
        let (batch, more) = match more {
            Ok(more) => (Ok(std::mem::take(&mut batch)), more),
            Err(error) => (Err(error), false),
        };
        if batches.send(batch).is_err() || !more {
            return;
        }
    }
}

/// What is needed to answer a row.
struct Worker {
    normalizer: Normalizer,
    layout: Layout,
    writing: Writing,
    may_judge: bool,
    review: Option<Certainty>,
    /// To ask the model: so many rows at once.
    turns: Arc<Semaphore>,
}

impl Worker {
    fn answer_all(
        &self,
        pool: &rayon::ThreadPool,
        batches: &Receiver<std::io::Result<Batch>>,
        answers: &tokio::sync::mpsc::Sender<Answered>,
    ) {
        for batch in batches {
            let parts = batch.and_then(|batch| pool.install(|| self.answer(batch)));
            if answers.blocking_send(parts).is_err() {
                return;
            }
        }
    }

    /// The answers to a batch: runs of rows that retrieval decides become one part.
    fn answer(&self, batch: Batch) -> Answered {
        let batch = Arc::new(batch);
        let rows: Vec<std::io::Result<Part>> =
            (0..batch.records.len()).into_par_iter().map(|at| self.answer_one(&batch, at)).collect();
        let mut parts = Vec::new();
        for row in rows {
            match (row?, parts.last_mut()) {
                (Part::Written(row), Some(Part::Written(all))) => {
                    all.bytes.extend_from_slice(&row.bytes);
                    all.tally += row.tally;
                }
                (part, _) => parts.push(part),
            }
        }
        Ok(parts)
    }

    fn answer_one(&self, batch: &Arc<Batch>, at: usize) -> std::io::Result<Part> {
        let record = &batch.records[at];
        let mut row = self.layout.row(batch.bytes(record), record);
        let is_table = matches!(self.writing, Writing::Table(_));
        if let (true, true, Some(key)) = (is_table, row.mention.is_ok(), row.fields.without_column(&self.layout)) {
            row.mention = Err(self.layout.error(record.line, Problem::NoColumn { key: key.to_owned() }));
        }
        let unplaced = match &self.writing {
            Writing::Findings(documents) => documents.read(&row.fields, &self.layout).err(),
            _ => None,
        };
        let failed = |mention, error| self.normalizer.failed(mention, normalize::Error::Row(error));
        let normalization = match (std::mem::replace(&mut row.mention, Ok(Mention::default())), unplaced) {
            (Ok(mention), Some(reason)) => {
                let place = self.layout.place().to_owned();
                failed(mention, Box::new(Unplaced { place, line: record.line, reason }))
            }
            (Ok(mention), None) => match self.normalizer.begin(mention) {
                Begun::Answered(answer) => answer,
                Begun::Doubtful(question) => return Ok(Part::Doubtful { batch: Arc::clone(batch), at, question }),
            },
            (Err(error), _) => failed(Mention::default(), Box::new(error)),
        };
        let mut written = self.write(&row, record, &normalization)?;
        written.tally.spared = u64::from(normalization.error().is_none());
        Ok(Part::Written(written))
    }

    fn write(&self, row: &Row<'_>, record: &Record, normalization: &Normalization) -> std::io::Result<Written> {
        let Row { written, fields, .. } = row;
        let mut out = Vec::new();
        let ours = || {
            let review = self.review.map(|certainty| review::cells(normalization, certainty));
            table::cells(normalization, self.may_judge).into_iter().chain(review.unwrap_or_default())
        };
        match (&self.writing, *written) {
            (Writing::Mappings(set), _) => {
                for mapping in Mapping::all(normalization) {
                    mapping.write(set, &mut out)?;
                }
            }
            (Writing::Findings(documents), _) => {
                let is_broken = matches!(normalization.error(), Some(normalize::Error::Row(_)));
                if let Ok((document, is_excluded)) = documents.read(fields, &self.layout)
                    && !is_broken
                {
                    for finding in Finding::all(normalization, &document, is_excluded) {
                        serde_json::to_writer(&mut out, &finding)?;
                        out.push(b'\n');
                    }
                }
            }
            (Writing::Json, _) => {
                json::write_row(&mut out, normalization, self.may_judge, &fields.members(&self.layout))?;
            }
            (Writing::Table(dialect), Some(written))
                if self.layout.dialect() == Some(*dialect) && !has_formula(&fields.cells(&self.layout)) =>
            {
                out.extend_from_slice(written.as_bytes());
                out.push(dialect.separator());
                dialect.write_line(&mut out, ours())?;
            }
            (Writing::Table(dialect), _) => {
                dialect.write_line(&mut out, fields.cells(&self.layout).into_iter().chain(ours()))?;
            }
        }
        let stops = matches!(normalization.error(), Some(normalize::Error::Generate(error)) if error.stops());
        let is_unanswered =
            matches!(normalization.error(), Some(normalize::Error::Generate(generate::Error::Service(_))));
        let is_paid = normalization.judgement.is_some() && !stops && !is_unanswered;
        let mut tally = Tally::of(normalization, &self.layout, record.line);
        tally.bytes = record.bytes.len() as u64;
        let certain = self.review.and_then(|certainty| certainty.of(normalization));
        (tally.certain, tally.to_decide) = (u64::from(certain == Some(true)), u64::from(certain == Some(false)));
        Ok(Written { bytes: out, tally, is_paid, stops })
    }
}
