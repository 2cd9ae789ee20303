//! Which columns of mappings hold what: told by the names of SSSOM and of `normalize`, and by what stands in them.

use super::{Error, Releases};
use crate::ontology::{Curie, Resolution};
use crate::tables::{Row, Table};

/// Columns that were asked for by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// That of identifiers.
    pub id: Option<String>,
    /// That of labels.
    pub label: Option<String>,
    /// That of mentions.
    pub mention: Option<String>,
}

/// Names of columns of identifiers, the likeliest first.
const IDENTIFIERS: [&str; 3] = ["object_id", "id", "subject_id"];

/// Names of columns of mentions, the likeliest first; the last is our own where `normalize` has written the table.
const MENTIONS: [&str; 6] = ["mention", "phrase", "text", "term", "synonym", "name"];

/// Cells of a row that was answered anew which no longer say how it was answered.
const OUTDATED: [&str; 15] = [
    "similarity_score",
    "similarity_measure",
    "object_match_field",
    "subject_match_field",
    "match_string",
    "name",
    "scope",
    "score",
    "tied_with",
    "reason",
    "model",
    "prompt_hash",
    "author_id",
    "author",
    "author_label",
];

/// Positions of columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) id: usize,
    pub(super) label: Option<usize>,
    pub(super) mention: Option<usize>,
    /// The name of the concept that matched the mention.
    pub(super) matched: Option<usize>,
    /// The release that an identifier is of.
    pub(super) version: Option<usize>,
    pub(super) confidence: Option<usize>,
    pub(super) justification: Option<usize>,
    pub(super) predicate: Option<usize>,
    /// Of the name that matched the mention.
    pub(super) scope: Option<usize>,
    pub(super) date: Option<usize>,
    pub(super) outdated: Vec<usize>,
    /// The slot of an SSSOM header that holds the release.
    pub(super) slot: &'static str,
}

impl Columns {
    /// Those of `table`, of which `head` are the first rows.
    pub(super) fn of(table: &Table, head: &[Row], releases: &Releases, wanted: &Wanted) -> Result<Self, Error> {
        let missing = |column: &String| Error::NoColumn {
            place: table.place().to_owned(),
            column: column.clone(),
            found: table.columns().to_vec(),
        };
        let named = |given: &Option<String>| match given {
            Some(column) => table.column(column).map(Some).ok_or_else(|| missing(column)),
            None => Ok(None),
        };
        let id = named(&wanted.id)?.or_else(|| identifiers(table, head, releases));
        let Some(id) = id else {
            let (place, found) = (table.place().to_owned(), table.columns().to_vec());
            return Err(Error::NoIdentifiers { place, prefix: releases.prefix().to_owned(), found });
        };
        let name = table.columns().get(id).map_or("", |name| name.trim()).to_ascii_lowercase();
        let stem = name.strip_suffix("id").unwrap_or(&name);
        let is_subject = stem.starts_with("subject");
        let (side, other) = if is_subject { ("subject", "object") } else { ("object", "subject") };
        let first = |names: &[&str], taken: Option<usize>| {
            names.iter().find_map(|name| table.column(name).filter(|column| *column != id && Some(*column) != taken))
        };
        let labels = [format!("{stem}label"), format!("{stem}name")];
        let label = named(&wanted.label)?.or_else(|| first(&[&labels[0], &labels[1], "label"], None));
        let is_sssom = stem.starts_with(side);
        let across = format!("{other}_label");
        let column = |name: &str| table.column(name);
        // `name` and its like are ours only where a table has all that `normalize` adds.
        let is_ours = column("decided_by").is_some() && column("scope").is_some();
        let mentions = if is_ours { &MENTIONS[..MENTIONS.len() - 1] } else { &MENTIONS[..] };
        let mention = named(&wanted.mention)?
            .or_else(|| if is_sssom { first(&[&across], label) } else { None })
            .or_else(|| first(mentions, label));
        let matched = table.column("name").filter(|column| ![mention, label, Some(id)].contains(&Some(*column)));
        let outdated = OUTDATED.into_iter().filter(|name| is_ours || name.contains('_') && *name != "tied_with");
        let outdated = outdated.filter_map(column).filter(|column| Some(*column) != mention && Some(*column) != label);
        Ok(Self {
            id,
            label,
            mention,
            matched: matched.filter(|_| is_ours),
            version: column(&format!("{side}_source_version")).or_else(|| column("ontology_version")),
            confidence: column("confidence"),
            justification: column("mapping_justification").or_else(|| column("decided_by")),
            predicate: column("predicate_id"),
            scope: column("scope").filter(|_| is_ours),
            date: column("mapping_date"),
            outdated: outdated.collect(),
            slot: if is_subject { "subject_source_version" } else { "object_source_version" },
        })
    }
}

/// The column that has identifiers of the old release: by the likeliest name among those that have any, else the one that
/// has most. Where no row says anything, the likeliest name alone.
fn identifiers(table: &Table, head: &[Row], releases: &Releases) -> Option<usize> {
    let cells = |column: usize| {
        let cells = head.iter().filter_map(move |row| row.cells.as_ref().ok()?.get(column));
        cells.map(|cell| cell.text.trim()).filter(|text| !says_nothing(text))
    };
    let is_ours = |text: &str| Curie::parse(text).is_ok_and(|id| releases.old().resolve(&id) != Resolution::Unknown);
    let hits = |column: usize| cells(column).filter(|text| is_ours(text)).count();
    let likely: Vec<usize> = IDENTIFIERS.iter().filter_map(|name| table.column(name)).collect();
    let most = |columns: &mut dyn Iterator<Item = usize>| {
        let found = columns.map(|column| (hits(column), column)).filter(|(hits, _)| *hits > 0);
        // The first of equals.
        found.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, column)| column)
    };
    most(&mut likely.iter().copied())
        .or_else(|| most(&mut (0..table.columns().len())))
        .or_else(|| likely.into_iter().find(|&column| cells(column).next().is_none()))
}

/// Whether a cell of identifiers says that there is none.
pub(super) fn says_nothing(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("sssom:NoTermFound")
}
