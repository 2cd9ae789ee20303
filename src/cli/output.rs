//! The only file that prints: data goes to standard output, talk to standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What may be left out of sight.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What is looked for.
pub(crate) const BOLD: Style = Style::new().bold();
/// Identifiers.
pub(crate) const IDENTIFIER: Style = AnsiColor::Cyan.on_default();
/// Something one can type.
pub(crate) const COMMAND: Style = AnsiColor::Green.on_default();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Columns of a table where standard output is no terminal.
const USUAL_WIDTH: u16 = 100;

/// `text` in `style`; what prints it takes the style away where none is wanted.
pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Standard output and standard error of one run.
#[derive(Debug)]
pub(crate) struct Output {
    quiet: bool,
    is_terminal: bool,
    is_coloured: bool,
    is_closed: Arc<AtomicBool>,
}

impl Output {
    pub(crate) fn new(quiet: bool) -> Self {
        let stdout = io::stdout();
        Self {
            quiet,
            is_terminal: stdout.is_terminal(),
            is_coloured: anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
            is_closed: Arc::default(),
        }
    }

    /// Standard output, byte for byte: for formats that programs read. Flush it.
    pub(crate) fn data(&self) -> Box<dyn Write> {
        Box::new(BufWriter::new(self.noticing(io::stdout().lock())))
    }

    /// Standard output for people: styles are taken away where it is no terminal or `NO_COLOR` is set. Flush it.
    pub(crate) fn page(&self) -> Box<dyn Write> {
        Box::new(BufWriter::new(self.noticing(anstream::AutoStream::auto(io::stdout().lock()))))
    }

    fn noticing<W: Write>(&self, out: W) -> Noticing<W> {
        Noticing { out, is_closed: Arc::clone(&self.is_closed) }
    }

    /// Whether people look at standard output.
    pub(crate) const fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether people want to see colours on standard output (`NO_COLOR` and its like).
    pub(crate) const fn is_coloured(&self) -> bool {
        self.is_coloured
    }

    /// Columns of standard output.
    pub(crate) fn width(&self) -> u16 {
        let width = if self.is_terminal { comfy_table::Table::new().width() } else { None };
        width.unwrap_or(USUAL_WIDTH).clamp(40, 160)
    }

    /// Whether standard output was found closed by its reader.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// A line of talk, unless it is not wanted.
    pub(crate) fn say(&self, line: impl Display) {
        if !self.quiet {
            talk(line);
        }
    }

    /// A warning: said also to those who want no talk.
    #[expect(clippy::unused_self, reason = "printing takes an output, so that it is seen who prints")]
    pub(crate) fn warn(&self, line: impl Display) {
        talk(format_args!("{WARNING}warning:{WARNING:#} {line}"));
    }

    /// An error with its causes, and what to type next.
    #[expect(clippy::unused_self, reason = "printing takes an output, so that it is seen who prints")]
    pub(crate) fn error(&self, error: &anyhow::Error, hint: Option<&str>) {
        let mut last = error.to_string();
        talk(format_args!("{ERROR}error:{ERROR:#} {last}"));
        for cause in error.chain().skip(1) {
            let cause = cause.to_string();
            // Some libraries repeat the message of what they wrap.
            if cause != last {
                talk(format_args!("  {DIM}caused by:{DIM:#} {cause}"));
            }
            last = cause;
        }
        if let Some(hint) = hint {
            talk(format_args!("{COMMAND}hint:{COMMAND:#} {hint}"));
        }
    }

    /// Whether talk is unwanted.
    pub(crate) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// A progress bar on standard error where that is a terminal; without a total, it counts.
    pub(crate) fn progress(&self, label: &'static str, total: Option<u64>) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let known = "{msg:20} {bar:26.cyan/dim} {human_pos:>9} of {human_len}  {eta:>4}";
        draw(total, label, if total.is_some() { known } else { "{msg:20} {spinner} {human_pos}" })
    }

    /// The same for bytes that are downloaded.
    pub(crate) fn download(&self, total: Option<u64>) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let known = "{msg:20} {bar:26.cyan/dim} {decimal_bytes:>9} of {decimal_total_bytes}  {eta:>4}";
        draw(total, "downloading", if total.is_some() { known } else { "{msg:20} {spinner} {decimal_bytes}" })
    }
}

fn draw(total: Option<u64>, label: &'static str, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(template).expect("templates are constant");
    bar.set_style(style.progress_chars("━━╌"));
    bar.set_message(label);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn talk(line: impl Display) {
    // There is nobody to tell that nobody listens.
    let _ = writeln!(anstream::AutoStream::auto(io::stderr().lock()), "{line}");
}

/// Notices that the reader has closed its end.
struct Noticing<W> {
    out: W,
    is_closed: Arc<AtomicBool>,
}

impl<W> Noticing<W> {
    fn notice<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        if outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.is_closed.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

impl<W: Write> Write for Noticing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let outcome = self.out.write(bytes);
        self.notice(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.out.flush();
        self.notice(outcome)
    }
}

/// What a column of a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Text,
    Number,
    Identifier,
}

/// A table for people, without rules.
pub(crate) fn table(output: &Output, columns: &[(&str, Column)], rows: Vec<Vec<String>>) -> comfy_table::Table {
    use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(output.width());
    // What prints the table takes styles away where none are wanted.
    table.enforce_styling();
    table.set_header(columns.iter().map(|(heading, _)| Cell::new(heading).add_attribute(Attribute::Dim)));
    for row in rows {
        table.add_row(row.into_iter().zip(columns).map(|(text, (_, column))| match column {
            Column::Text => Cell::new(text),
            Column::Number => Cell::new(text).set_alignment(CellAlignment::Right),
            Column::Identifier => Cell::new(text).fg(Color::DarkCyan),
        }));
    }
    table
}
