//! Changes and what was done with mappings, for people.

use std::io::Write;

use crate::cli::index::{count, counted};
use crate::cli::output::{BOLD, Column, DIM, Output, styled, table};
use crate::migrate::{Change, Changes, Concerned, Kind, Tally};
use crate::ontology::Curie;

/// Examples of each kind.
const EXAMPLES: usize = 3;

/// Writes how much changed, with a few examples of each kind.
pub(super) fn write_summary(out: &mut dyn Write, changes: &Changes, output: &Output) -> anyhow::Result<()> {
    let counts = changes.counts();
    if counts.is_empty() {
        writeln!(out, "no identifier and no name changed")?;
    }
    for (kind, number) in &counts {
        writeln!(out, "{}: {}", heading(*kind), styled(BOLD, count(*number)))?;
        let of_kind = changes.changes.iter().filter(|change| change.kind == *kind).take(EXAMPLES);
        let rows = of_kind.map(|change| vec![format!("  {}", change.id), said(change)]).collect();
        writeln!(out, "{}", bare(&table(output, &[("", Column::Identifier), ("", Column::Text)], rows)))?;
        if *number > EXAMPLES {
            writeln!(out, "  {}", styled(DIM, format_args!("and {} more", count(number - EXAMPLES))))?;
        }
    }
    if !changes.phrases.is_empty() {
        writeln!(out, "phrases that go to another concept: {}", styled(BOLD, count(changes.phrases.len())))?;
        for phrase in changes.phrases.iter().take(EXAMPLES) {
            writeln!(out, "  `{}`: {} > {}", phrase.phrase, named(&phrase.from), named(&phrase.to))?;
        }
        if changes.phrases.len() > EXAMPLES {
            let more = changes.phrases.len() - EXAMPLES;
            writeln!(out, "  {}", styled(DIM, format_args!("and {} more", count(more))))?;
        }
    }
    let other: Vec<String> = changes
        .other
        .counts()
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(what, number)| format!("{} {what}", count(number)))
        .collect();
    if !other.is_empty() {
        writeln!(out, "besides: {}", other.join(", "))?;
    }
    Ok(())
}

/// A table without its first line.
fn bare(table: &comfy_table::Table) -> String {
    table.lines().skip(1).map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// What is above the examples of a kind.
const fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "new",
        Kind::Renamed => "renamed",
        Kind::RetiredReplaced => "retired and replaced",
        Kind::RetiredSeveral => "retired, with several replacements",
        Kind::RetiredConsider => "retired, with concepts to consider",
        Kind::RetiredEnded => "retired, with nothing in their place",
        Kind::Cycle => "retired, with replacements that go in a circle",
        Kind::Merged => "merged into others",
        Kind::Revived => "live again",
        Kind::Removed => "gone without a trace",
        Kind::Redirected => "retired or merged before, and leading elsewhere now",
        Kind::SynonymAdded => "synonyms added",
        Kind::SynonymRemoved => "synonyms removed",
        Kind::SynonymMoved => "names moved to another concept",
        Kind::SynonymRescoped => "synonyms with another scope or type",
    }
}

fn named(concerned: &Concerned) -> String {
    format!("{} {}", concerned.id, concerned.label).trim_end().to_owned()
}

/// A change in a line.
fn said(change: &Change) -> String {
    let Change { kind, label, name, old, new, to, path, note, .. } = change;
    let to = to.iter().map(named).collect::<Vec<_>>().join(" | ");
    let noted = |said: String| if note.is_empty() { said } else { format!("{said} ({note})") };
    noted(match kind {
        Kind::Renamed => format!("{old} > {new}"),
        Kind::Redirected => format!("{label}: {old} > {new}"),
        Kind::SynonymAdded => format!("{label}: {name} [{new}]"),
        Kind::SynonymRemoved => format!("{label}: {name} [{old}]"),
        Kind::SynonymRescoped => format!("{label}: {name} [{old} > {new}]"),
        Kind::SynonymMoved => format!("{label}: {name} > {to}"),
        _ if !path.is_empty() => {
            let way = path.iter().skip(1).map(Curie::as_str).collect::<Vec<_>>().join(" > ");
            let end = change.to.first().map_or("", |to| &to.label);
            format!("{label} > {way} {end}").trim_end().to_owned()
        }
        _ if to.is_empty() => label.clone(),
        _ => format!("{label} > {to}"),
    })
}

/// Says what was done with mappings.
pub(super) fn say_done(tally: &Tally, output: &Output) {
    let done = tally.done;
    let some = |number: u64, what: &str| (number > 0).then(|| format!("{} {what}", count(number)));
    let parts = [
        Some(format!("{} unchanged", count(done.unchanged))),
        Some(format!("{} rewritten", count(done.rewritten))),
        some(done.renormalized, "normalized anew"),
        some(done.confirmed, "asked again with the same answer"),
        some(done.review, "left for review"),
        some(done.unreadable, "unreadable"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    output.say(format_args!("{}: {}", counted(tally.rows, "row"), parts.join(", ")));
    for problem in &tally.problems {
        output.warn(problem);
    }
    let named = tally.problems.len() as u64;
    if done.unreadable > named {
        output.warn(format_args!("and {} more rows that cannot be read", count(done.unreadable - named)));
    }
    if let Some(version) = &tally.other_version {
        output
            .warn(format_args!("the header names the release `{version}`, which is neither of the two: left as it is"));
    }
}
