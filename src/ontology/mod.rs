//! Ontologies: what a concept is called, where it stands, and what replaced it when it was retired.
//!
//! A reader ([`obo`], [`obographs`], [`rdf`], [`table`], [`umls`], [`snomed`], [`gene_info`]) turns bytes into a [`Draft`];
//! [`Ontology::assemble`] makes of any draft one ontology in which each identifier stands once, every parent exists and
//! the hierarchy has no cycle.
//! What it had to mend is kept as [`Oddity`]s with file and line: nothing is dropped silently.

pub mod catalogue;
pub mod curie;
pub mod gene_info;
pub mod lexicon;
pub mod lines;
pub mod obo;
pub mod obographs;
pub mod rdf;
pub mod sample;
pub mod snomed;
pub mod source;
pub mod species;
pub mod table;
pub mod umls;
pub mod xref;

mod addition;
mod assembly;
mod decode;
mod identifier;
mod languages;
mod succession;
mod tally;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use addition::Added;
pub use curie::Curie;
pub use lexicon::Lexicon;
pub use succession::Succession;

/// How a name relates to its concept: the label itself, or a synonym with one of OBO's four scopes.
///
/// The order is the order of trust: where two names match equally well, the smaller scope is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Scope {
    /// The concept's preferred name.
    Label,
    /// A synonym that means the same.
    Exact,
    /// A synonym that means something narrower than the concept.
    Narrow,
    /// A synonym that means something broader than the concept.
    Broad,
    /// A synonym that is somehow related.
    Related,
}

impl Scope {
    /// All scopes, in order of trust.
    pub const ALL: [Self; 5] = [Self::Label, Self::Exact, Self::Narrow, Self::Broad, Self::Related];

    /// The name OBO uses (`EXACT`), and `LABEL` for the label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Label => "LABEL",
            Self::Exact => "EXACT",
            Self::Narrow => "NARROW",
            Self::Broad => "BROAD",
            Self::Related => "RELATED",
        }
    }

    /// Reads the spelling of OBO (`EXACT`) or of OBO Graphs (`hasExactSynonym`), in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let word = lower.strip_prefix("has").and_then(|rest| rest.strip_suffix("synonym")).unwrap_or(&lower);
        Self::ALL.into_iter().find(|scope| scope.as_str().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One name of a concept, as it is written in the ontology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The text, trimmed, otherwise as written.
    pub text: String,
    /// How the name relates to the concept.
    pub scope: Scope,
    /// The synonym type, such as `layperson`, `abbreviation`, `plural`, `prev_symbol`; lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The language it is tagged with (`fr`, `en-GB`), as BCP 47 writes it; lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl Name {
    /// A name without type and language.
    pub fn new(text: impl Into<String>, scope: Scope) -> Self {
        Self { text: text.into(), scope, kind: None, language: None }
    }
}

/// The ontology that answers are identifiers of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// The short name (`hp`).
    pub name: String,
    /// The release, where it is known.
    pub version: Option<String>,
}

impl Tag {
    /// Several as one: names and releases with `|` between them.
    pub fn joined(tags: &[&Self]) -> Self {
        let join = |text: fn(&Self) -> &str| tags.iter().map(|tag| text(tag)).collect::<Vec<_>>().join("|");
        let is_known = tags.iter().any(|tag| tag.version.is_some());
        Self {
            name: join(|tag| &tag.name),
            version: is_known.then(|| join(|tag| tag.version.as_deref().unwrap_or_default())),
        }
    }
}

impl From<&Ontology> for Tag {
    fn from(ontology: &Ontology) -> Self {
        Self { name: ontology.name().to_owned(), version: ontology.version().map(str::to_owned) }
    }
}

/// Why a retired concept is no candidate any more, and where to go instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    /// Identifiers that replace it (`replaced_by`, `IAO:0100001`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced_by: Vec<Curie>,
    /// Identifiers a curator should look at (`consider`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consider: Vec<Curie>,
}

/// One concept with everything term2id keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    /// Its identifier in the preferred spelling.
    pub id: Curie,
    /// The label first (where there is one), then the synonyms in the order of the source, or sorted where that order says
    /// nothing; no name stands twice with the same scope and kind.
    pub names: Vec<Name>,
    /// The textual definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// Direct `is_a` parents that exist and are not retired, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Curie>,
    /// The namespace, such as GO's `biological_process`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Cross-references as written, such as `UMLS:C0036572`. Those that OBO (by `MONDO:equivalentTo`) or OWL and SKOS (by
    /// `skos:exactMatch`) mark as equivalent come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub xrefs: Vec<String>,
    /// Identifiers merged into this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternative_ids: Vec<Curie>,
    /// Subsets (`slims`) the concept belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subsets: Vec<String>,
    /// Set where the concept is retired (`is_obsolete`): such a concept is never a candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retirement: Option<Retirement>,
}

impl Concept {
    /// A concept with an identifier and nothing else.
    pub fn new(id: Curie) -> Self {
        Self {
            id,
            names: Vec::new(),
            definition: None,
            parents: Vec::new(),
            namespace: None,
            xrefs: Vec::new(),
            alternative_ids: Vec::new(),
            subsets: Vec::new(),
            retirement: None,
        }
    }

    /// The preferred name; the identifier where the source gives none.
    pub fn label(&self) -> &str {
        self.names.iter().find(|name| name.scope == Scope::Label).map_or(self.id.as_str(), |name| &name.text)
    }

    /// Whether the source gives it a preferred name.
    pub fn has_label(&self) -> bool {
        self.names.iter().any(|name| name.scope == Scope::Label)
    }

    /// Its synonyms: every name but the label.
    pub fn synonyms(&self) -> impl Iterator<Item = &Name> {
        self.names.iter().filter(|name| name.scope != Scope::Label)
    }

    /// The names of its subsets: of those written as addresses (`http://purl.obolibrary.org/obo/mondo#rare`) the last part.
    pub fn subset_names(&self) -> impl Iterator<Item = &str> {
        self.subsets.iter().map(|subset| if subset.contains("://") { identifier::last_part(subset) } else { subset })
    }

    /// Whether it is retired.
    pub const fn is_retired(&self) -> bool {
        self.retirement.is_some()
    }
}

/// Something in the source that was mended or passed over, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oddity {
    /// Line in the source, from 1; 0 where the format has no lines (JSON).
    pub line: usize,
    /// What it was and what was done, one lower-case phrase.
    pub message: String,
}

/// What a reader found, before it is made consistent.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The short name the source gives itself (`hp`), if it does.
    pub name: Option<String>,
    /// The release, such as `2024-08-13`.
    pub version: Option<String>,
    /// Concepts in the order of the source, each with its line.
    pub concepts: Vec<(usize, Concept)>,
    /// What the reader passed over or mended.
    pub oddities: Vec<Oddity>,
    /// How many oddities there were beyond [`MOST_ODDITIES`].
    pub untold_oddities: usize,
}

/// So many oddities are kept; more are counted only, so that a file of nothing else cannot fill the memory.
pub const MOST_ODDITIES: usize = 100_000;

impl Draft {
    /// Notes an oddity.
    pub fn odd(&mut self, line: usize, message: impl Into<String>) {
        if self.oddities.len() < MOST_ODDITIES {
            self.oddities.push(Oddity { line, message: message.into() });
        } else {
            self.untold_oddities += 1;
        }
    }
}

/// An ontology: concepts sorted by identifier, each identifier once, every parent present, no cycle.
#[derive(Debug, Clone)]
pub struct Ontology {
    name: String,
    version: Option<String>,
    concepts: Vec<Concept>,
    by_alternative_id: HashMap<Curie, usize>,
    oddities: Vec<Oddity>,
    untold_oddities: usize,
}

/// What an identifier leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution<'a> {
    /// A live concept of that identifier.
    Live(&'a Concept),
    /// The identifier was merged into this live or retired concept.
    Merged(&'a Concept),
    /// A retired concept; its [`Retirement`] says where to go.
    Retired(&'a Concept),
    /// No concept of this ontology.
    Unknown,
}

impl Ontology {
    /// The short name (`hp`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The release, where the source states one.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// All concepts, retired ones among them, sorted by identifier.
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// The concepts that are not retired.
    pub fn live(&self) -> impl Iterator<Item = &Concept> {
        self.concepts.iter().filter(|concept| !concept.is_retired())
    }

    /// What was mended or passed over while reading; the first [`MOST_ODDITIES`] of it.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// How much was mended or passed over while reading.
    pub fn oddity_count(&self) -> usize {
        self.oddities.len() + self.untold_oddities
    }

    /// The concept of exactly this identifier, retired or not.
    pub fn get(&self, id: &Curie) -> Option<&Concept> {
        self.position(id).map(|position| &self.concepts[position])
    }

    /// Where the concept of exactly this identifier stands.
    fn position(&self, id: &Curie) -> Option<usize> {
        self.concepts.binary_search_by(|concept| concept.id.cmp(id)).ok()
    }

    /// What `id` leads to, through merges and retirements.
    pub fn resolve(&self, id: &Curie) -> Resolution<'_> {
        match self.get(id) {
            Some(concept) if concept.is_retired() => Resolution::Retired(concept),
            Some(concept) => Resolution::Live(concept),
            None => self
                .by_alternative_id
                .get(id)
                .map_or(Resolution::Unknown, |&position| Resolution::Merged(&self.concepts[position])),
        }
    }

    /// `id` and everything below it, as positions in [`Ontology::concepts`], sorted; empty where `id` is unknown.
    pub fn descendants(&self, id: &Curie) -> Vec<usize> {
        assembly::descendants(self, id)
    }
}

/// Why an ontology could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A place in the source that cannot be understood and cannot be passed over without losing concepts.
    #[error("{place}:{line}: {message}")]
    Malformed {
        /// File or URL.
        place: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// Reading broke off within a file.
    #[error("{place}:{line}: cannot be read on")]
    Stream {
        /// The file.
        place: String,
        /// The line that could not be read, from 1.
        line: usize,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A folder, or a file of a release, lacks what it is read for.
    #[error("`{place}` has no {missing}")]
    Lacking {
        /// The folder or file.
        place: String,
        /// What was looked for.
        missing: String,
    },
    /// The source was read, and nothing of it was asked for.
    #[error("`{place}` holds no concept {wanted}")]
    NothingWanted {
        /// File or folder.
        place: String,
        /// What was asked for, as in `of the species ...`.
        wanted: String,
    },
    /// JSON that does not parse or is not OBO Graphs.
    #[error("`{place}` is not OBO Graphs JSON")]
    Json {
        /// File or URL.
        place: String,
        /// What the parser says, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// A place that the grammar of its format does not allow.
    #[error("{place}:{line}: this is no {syntax}")]
    Syntax {
        /// File or URL.
        place: String,
        /// Line, from 1.
        line: usize,
        /// The format, as it stands in messages.
        syntax: &'static str,
        /// What the parser says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// None of the wanted languages is one that names are tagged with.
    #[error("no name in `{place}` is tagged with the language {wanted}; there are {found}")]
    Language {
        /// File or URL.
        place: String,
        /// What was wanted.
        wanted: String,
        /// The languages there are.
        found: String,
    },
    /// A file could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A gzip file that is damaged or ends too early.
    #[error("`{place}` is a damaged or truncated gzip file")]
    Gzip {
        /// File or URL.
        place: String,
        /// What the decompressor says.
        #[source]
        source: std::io::Error,
    },
    /// Nothing in the file looks like a format term2id reads.
    #[error("`{place}` is no format term2id reads ({found})")]
    UnknownFormat {
        /// File or URL.
        place: String,
        /// What it looks like.
        found: String,
    },
    /// The source was read and holds no concept.
    #[error("`{place}` holds no concepts")]
    Empty {
        /// File or URL.
        place: String,
    },
    /// Neither a file nor a name of the catalogue.
    #[error("`{given}` is neither a file nor an ontology of the catalogue")]
    UnknownSource {
        /// What was given.
        given: String,
    },
    /// A download failed.
    #[error("cannot download `{url}`")]
    Download {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The server answered with something other than the file.
    #[error("`{url}` answered {status}")]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server sent fewer or more bytes than it had announced.
    #[error("`{url}` sent {received} bytes instead of {expected}")]
    Incomplete {
        /// The address.
        url: String,
        /// The bytes announced.
        expected: u64,
        /// The bytes that came.
        received: u64,
    },
    /// The system gives no means to run a download.
    #[error("cannot start a download")]
    Runtime {
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A text that is no identifier.
    #[error(transparent)]
    Curie(#[from] curie::Error),
}
