//! From rows to rows with answers: one thread cuts rows, all cores answer them, the caller's thread writes, in order.
//!
//! What is under way is bounded (a few batches before and after the cores), so memory does not grow with the input.

use std::io::Write;
use std::ops::AddAssign;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::Error;
use super::input::Input;
use super::layout::{Format, Layout, Problem, Row, Wanted};
use super::records::{Batch, Record, Records};
use crate::export::table::Dialect;
use crate::export::{error_line, json, table};
use crate::normalize::{self, DecidedBy, Normalization, Normalizer};
use crate::retrieve::Mention;

/// Batches that wait on either side of the cores.
const WAITING: usize = 3;

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    Table(Dialect),
    Json,
}

/// How many rows there were, by what decided them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) rows: u64,
    pub(super) exact: u64,
    pub(super) retrieval: u64,
    pub(super) none: u64,
    pub(super) failed: u64,
    /// Of those matched, the rows whose answer is tied with others.
    pub(super) tied: u64,
    /// Of those without a match, the rows whose best candidate is not sure enough.
    pub(super) unsure: u64,
    /// Why the first of the failed rows failed.
    pub(super) first_failure: Option<String>,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.exact += other.exact;
        self.retrieval += other.retrieval;
        self.none += other.none;
        self.failed += other.failed;
        self.tied += other.tied;
        self.unsure += other.unsure;
        self.first_failure = self.first_failure.take().or(other.first_failure);
    }
}

impl Tally {
    fn of(normalization: &Normalization, layout: &Layout, line: u64) -> Self {
        let mut tally = Self { rows: 1, ..Self::default() };
        *match normalization.decided_by {
            DecidedBy::Exact => &mut tally.exact,
            DecidedBy::Retrieval => &mut tally.retrieval,
            DecidedBy::None => &mut tally.none,
            DecidedBy::Error => &mut tally.failed,
        } += 1;
        tally.tied = u64::from(normalization.tie.is_some() && normalization.answer().is_some());
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
}

/// A batch's answers as they are written.
struct Written {
    bytes: Vec<u8>,
    tally: Tally,
}

impl Stream {
    /// Recognises the format, where none is given, and reads the header.
    pub(super) fn begin(mut input: Input, format: Option<Format>, wanted: &Wanted) -> Result<Self, Error> {
        let format = match format {
            Some(format) => format,
            None => super::layout::recognise(&mut input, wanted)?,
        };
        let line_end = input.line_end()?;
        let place = input.place.clone();
        let mut records = Records::new(input.into_reader(), format, line_end);
        let mut first = Batch::default();
        let layout = Layout::read(&mut records, format, wanted, &place, &mut first)?;
        Ok(Self { records, layout, first, place })
    }

    /// The input's own format.
    pub(super) const fn format(&self) -> Format {
        self.layout.format
    }

    /// Answers every row. `each` is told after each batch how far it is.
    ///
    /// The other threads are left alone when writing fails: one of them may be waiting for input that never comes.
    pub(super) fn run(
        self,
        normalizer: &Normalizer,
        writing: Writing,
        threads: usize,
        out: &mut dyn Write,
        each: &mut dyn FnMut(&Tally),
    ) -> anyhow::Result<Tally> {
        let Self { mut records, layout, first, place } = self;
        if let Writing::Table(dialect) = writing {
            write_header(out, &layout, dialect)?;
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let (batches, cut) = sync_channel(WAITING);
        let (answers, answered) = sync_channel(WAITING);
        let worker = Worker { normalizer: normalizer.clone(), layout, writing };
        let reading =
            thread::Builder::new().name("reader".to_owned()).spawn(move || read(&mut records, first, &batches))?;
        let answering = thread::Builder::new()
            .name("answers".to_owned())
            .spawn(move || worker.answer_all(&pool, &cut, &answers))?;
        let mut tally = Tally::default();
        for written in answered {
            let written = written.map_err(|source| Error::Read { place: place.clone(), source })?;
            out.write_all(&written.bytes)?;
            out.flush()?;
            tally += written.tally;
            each(&tally);
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

fn write_header(out: &mut dyn Write, layout: &Layout, dialect: Dialect) -> std::io::Result<()> {
    let ours = table::header(&layout.columns);
    match &layout.header {
        Some(header) if layout.dialect() == Some(dialect) => {
            out.write_all(header.as_bytes())?;
            out.write_all(&[dialect.separator()])?;
            dialect.write_line(out, ours)
        }
        _ => dialect.write_line(out, layout.columns.iter().chain(&ours)),
    }
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
}

impl Worker {
    fn answer_all(
        &self,
        pool: &rayon::ThreadPool,
        batches: &Receiver<std::io::Result<Batch>>,
        answers: &SyncSender<std::io::Result<Written>>,
    ) {
        for batch in batches {
            let written = batch.and_then(|batch| pool.install(|| self.answer(&batch)));
            if answers.send(written).is_err() {
                return;
            }
        }
    }

    fn answer(&self, batch: &Batch) -> std::io::Result<Written> {
        let rows: Vec<std::io::Result<Written>> =
            batch.records.par_iter().map(|record| self.answer_one(batch.bytes(record), record)).collect();
        let mut all = Written { bytes: Vec::new(), tally: Tally::default() };
        for row in rows {
            let row = row?;
            all.bytes.extend_from_slice(&row.bytes);
            all.tally += row.tally;
        }
        Ok(all)
    }

    fn answer_one(&self, bytes: &[u8], record: &Record) -> std::io::Result<Written> {
        let Row { written, fields, mut mention } = self.layout.row(bytes, record);
        let is_table = matches!(self.writing, Writing::Table(_));
        if let (true, true, Some(key)) = (is_table, mention.is_ok(), fields.without_column(&self.layout)) {
            mention = Err(self.layout.error(record.line, Problem::NoColumn { key: key.to_owned() }));
        }
        let normalization = match mention {
            Ok(mention) => self.normalizer.normalize(mention),
            Err(error) => self.normalizer.failed(Mention::default(), normalize::Error::Row(Box::new(error))),
        };
        let mut out = Vec::new();
        match (self.writing, written) {
            (Writing::Json, _) => json::write_row(&mut out, &normalization, &fields.members(&self.layout))?,
            (Writing::Table(dialect), Some(written)) if self.layout.dialect() == Some(dialect) => {
                out.extend_from_slice(written.as_bytes());
                out.push(dialect.separator());
                dialect.write_line(&mut out, table::cells(&normalization))?;
            }
            (Writing::Table(dialect), _) => {
                let own = fields.cells(&self.layout);
                dialect.write_line(&mut out, own.into_iter().chain(table::cells(&normalization)))?;
            }
        }
        Ok(Written { bytes: out, tally: Tally::of(&normalization, &self.layout, record.line) })
    }
}
