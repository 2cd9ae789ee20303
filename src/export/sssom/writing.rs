//! Mappings and what they have in common, as SSSOM TSV.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::ops::Range;

use super::{Justification, Mapping, MappingSet};
use crate::normalize::OntologyTag;
use crate::ontology::{Curie, Scope, catalogue};
use crate::tables::guarded;

/// The names of the columns, in the order of the standard's slots; `object_source` and its version only where a set has
/// several ontologies.
pub const COLUMNS: [&str; 14] = [
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_id",
    "object_source",
    "object_source_version",
    "confidence",
    "object_match_field",
    "match_string",
    "similarity_score",
    "similarity_measure",
    "comment",
];

/// The columns that say which ontology an object is of.
const SOURCE: Range<usize> = 6..8;

/// The licence of a set whose licence nobody has named, as the standard's own tools write it.
pub const UNSPECIFIED_LICENSE: &str = "https://w3id.org/sssom/license/unspecified";

/// What `similarity_score` is.
const MEASURE: &str = "term2id ranking score";

/// What pandas takes for an empty cell.
const MISSING: [&str; 18] = [
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL",
    "NaN", "None", "n/a", "nan", "null",
];

/// The prefixes that the standard's own terms and ours have.
const OWN_PREFIXES: [(&str, &str); 6] = [
    ("oboInOwl", "http://www.geneontology.org/formats/oboInOwl#"),
    ("orcid", "https://orcid.org/"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("semapv", "https://w3id.org/semapv/vocab/"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("sssom", "https://w3id.org/sssom/"),
];

/// Where the ontologies of the OBO Library and their concepts are.
const OBO: &str = "http://purl.obolibrary.org/obo/";

/// What knows most other identifiers.
const BIOREGISTRY: &str = "https://bioregistry.io/";

impl Mapping {
    /// Writes it as a row and the end of its line.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write(&self, set: &MappingSet, out: &mut dyn Write) -> io::Result<()> {
        let (id, label) = match &self.object {
            Some((id, label)) => (set.contracted(id), label.as_str()),
            None => (Cow::Borrowed("sssom:NoTermFound"), ""),
        };
        let equal_name = match (&self.matched, self.justification) {
            (Some((name, _)), Justification::Lexical) => item(name),
            _ => String::new(),
        };
        let field = self.matched.as_ref().map_or("", |(_, scope)| match_field(*scope));
        let similarity = self.similarity.map(number).unwrap_or_default();
        let measure = if similarity.is_empty() { "" } else { MEASURE };
        let source = self.source.as_deref().map(|tag| set.source(tag).join(":")).unwrap_or_default();
        let version = self.source.as_ref().and_then(|tag| tag.version.as_deref());
        set.write_line(
            out,
            [
                self.subject_label.as_str(),
                self.predicate.as_str(),
                &id,
                label,
                self.justification.as_str(),
                self.author.as_deref().unwrap_or_default(),
                &source,
                version.unwrap_or_default(),
                &self.confidence.map(number).unwrap_or_default(),
                field,
                &equal_name,
                &similarity,
                measure,
                self.comment.as_deref().unwrap_or_default(),
            ],
        )
    }
}

impl MappingSet {
    /// Writes the metadata and the names of the columns.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write_header(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut prefixes: BTreeMap<&str, &str> = BTreeMap::new();
        prefixes.extend(self.prefixes.iter().map(|(prefix, address)| (prefix.as_str(), address.as_str())));
        prefixes.extend(OWN_PREFIXES);
        let sources: Vec<[String; 2]> = self.ontologies.iter().map(|ontology| self.source(ontology)).collect();
        prefixes.extend(
            sources.iter().map(|[prefix, _]| (prefix.as_str(), if prefix == "obo" { OBO } else { BIOREGISTRY })),
        );
        writeln!(out, "#sssom_version: \"1.1\"\n#curie_map:")?;
        for (prefix, address) in prefixes {
            writeln!(out, "#  {prefix}: {}", scalar(address))?;
        }
        let (only, source) = match (self.ontologies.as_slice(), sources.as_slice()) {
            ([only], [source]) => (Some(only), Some(source.join(":"))),
            _ => (None, None),
        };
        for (slot, value) in [
            ("mapping_set_id", Some(self.id.as_str())),
            ("license", Some(&self.license)),
            ("subject_type", Some("rdfs literal")),
            ("object_source", source.as_deref()),
            ("object_source_version", only.and_then(|only| only.version.as_deref())),
            ("mapping_tool", Some("term2id")),
            ("mapping_tool_version", Some(env!("CARGO_PKG_VERSION"))),
            ("mapping_date", Some(&self.date)),
        ] {
            if let Some(value) = value {
                writeln!(out, "#{slot}: {}", scalar(value))?;
            }
        }
        self.write_line(out, COLUMNS)
    }

    /// One of the ontologies as a prefix and what follows it: by its name, else, where it is the only one, by the one prefix
    /// of the catalogue that its concepts have.
    pub(super) fn source(&self, ontology: &OntologyTag) -> [String; 2] {
        let mut known = self.prefixes.iter().filter_map(|(prefix, _)| catalogue::find(prefix));
        let only = known.next().filter(|entry| self.ontologies.len() == 1 && known.all(|other| other == *entry));
        let (prefix, name) = match catalogue::find(&ontology.name).or(only) {
            Some(entry) if entry.page.starts_with(OBO) => ("obo", format!("{}.owl", entry.name)),
            Some(entry) => ("bioregistry", entry.prefix.to_lowercase()),
            None => ("bioregistry", ontology.name.to_lowercase()),
        };
        [prefix.to_owned(), name]
    }

    fn write_line(&self, out: &mut dyn Write, cells: [&str; COLUMNS.len()]) -> io::Result<()> {
        let is_of_one = self.ontologies.len() == 1;
        let mut writer =
            csv::WriterBuilder::new().delimiter(b'\t').comment(Some(b'#')).buffer_capacity(1024).from_writer(out);
        for (at, cell) in cells.into_iter().enumerate() {
            if is_of_one && SOURCE.contains(&at) {
                continue;
            }
            let mut cell = guarded(Cow::Borrowed(cell)).replace(['\t', '\n', '\r'], " ");
            if MISSING.contains(&cell.as_str()) {
                cell.push(' ');
            }
            writer.write_field(cell.as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
        writer.flush()
    }

    /// An identifier by its prefix: one that is a whole address too, where a prefix stands for its beginning.
    pub(super) fn contracted<'a>(&self, id: &'a Curie) -> Cow<'a, str> {
        if !is_address(id.as_str()) {
            return Cow::Borrowed(id.as_str());
        }
        let begins = self.prefixes.iter().filter(|(_, address)| id.as_str().starts_with(address.as_str()));
        let longest = begins.max_by_key(|(_, address)| address.len());
        longest.map_or(Cow::Borrowed(id.as_str()), |(prefix, address)| {
            Cow::Owned(format!("{prefix}:{}", &id.as_str()[address.len()..]))
        })
    }
}

/// The prefixes of `ids`, each with what it stands for, sorted. Identifiers that are whole addresses have `ns1` and so on
/// for what they begin with.
pub fn prefixes<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<(String, String)> {
    let (mut named, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    for id in ids {
        if is_address(id) {
            addresses.insert(id.rfind(['/', '#', '_']).map_or(id, |at| &id[..=at]));
        } else {
            named.insert(id.split(':').next().unwrap_or_default());
        }
    }
    let named = named.into_iter().map(|prefix| (prefix.to_owned(), expansion(prefix)));
    let numbered = addresses.into_iter().enumerate();
    named.chain(numbered.map(|(at, address)| (format!("ns{}", at + 1), address.to_owned()))).collect()
}

/// What a prefix stands for.
fn expansion(prefix: &str) -> String {
    match catalogue::find(prefix).map(|entry| entry.page) {
        // A page that is not an identifier's own address is no place to build one on.
        Some(page) if page.ends_with('_') => page.to_owned(),
        _ => format!("{BIOREGISTRY}{}:", prefix.to_lowercase()),
    }
}

fn is_address(id: &str) -> bool {
    id.starts_with("http://") || id.starts_with("https://")
}

/// The property that holds names of this scope.
const fn match_field(scope: Scope) -> &'static str {
    match scope {
        Scope::Label => "rdfs:label",
        Scope::Exact => "oboInOwl:hasExactSynonym",
        Scope::Narrow => "oboInOwl:hasNarrowSynonym",
        Scope::Broad => "oboInOwl:hasBroadSynonym",
        Scope::Related => "oboInOwl:hasRelatedSynonym",
    }
}

/// A value of a slot that may have several.
fn item(value: &str) -> String {
    value.replace('\\', "\\\\").replace('|', "\\|")
}

/// At most three digits after the point, as the standard has it.
fn number(value: f32) -> String {
    let text = format!("{:.3}", value.clamp(0.0, 1.0));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A text in YAML: quoted, since versions and dates would be read as something else.
fn scalar(text: &str) -> String {
    serde_json::to_string(text).expect("a text can always be written as JSON")
}
