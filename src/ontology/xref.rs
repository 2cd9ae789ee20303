//! Cross-references: identifiers that other vocabularies give to the same thing, as an ontology writes them.
//!
//! Ontologies write one vocabulary in many ways (`mesh:`, `MESH:`, `MSH:`), and people type yet other words (`entrez`
//! for `NCBIGene:`). [`VOCABULARIES`] knows them, [`key`] is what all spellings of one identifier have in common, and
//! [`Namespace`] is what somebody asks for.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::{Concept, Curie, catalogue};

/// A vocabulary that ontologies refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vocabulary {
    /// What people type (`entrez`).
    pub name: &'static str,
    /// The prefix of its identifiers in answers (`NCBIGene`).
    pub prefix: &'static str,
    /// Other words for it and other prefixes that ontologies write, in lower case.
    pub others: &'static [&'static str],
    /// Whether its identifiers are known by their local part alone, as those of genes and proteins are.
    pub is_bare: bool,
}

const fn vocabulary(name: &'static str, prefix: &'static str, others: &'static [&'static str]) -> Vocabulary {
    Vocabulary { name, prefix, others, is_bare: false }
}

const fn bare(name: &'static str, prefix: &'static str, others: &'static [&'static str]) -> Vocabulary {
    Vocabulary { name, prefix, others, is_bare: true }
}

/// The vocabularies that are written in more than one way, sorted by name. Any other is known by its prefix.
pub const VOCABULARIES: &[Vocabulary] = &[
    vocabulary("cas", "CAS", &["casrn", "cas_rn"]),
    vocabulary("doid", "DOID", &["do"]),
    vocabulary("drugbank", "DrugBank", &["drug_bank"]),
    bare("ensembl", "ENSEMBL", &["ens", "ensembl_gene", "ensemblgene", "ensembl_gene_id"]),
    bare(
        "entrez",
        "NCBIGene",
        &["entrezgene", "entrez_gene", "geneid", "gene_id", "ncbi_gene", "ncbi_geneid", "ncbigeneid"],
    ),
    vocabulary("gard", "GARD", &["nih_gard"]),
    vocabulary("icd10", "ICD10", &["icd-10", "icd_10", "icd10who", "icd-10-who"]),
    vocabulary("icd10cm", "ICD10CM", &["icd-10-cm", "icd10-cm", "icd_10_cm", "icd-10cm"]),
    vocabulary("icd11", "ICD11", &["icd-11", "icd_11"]),
    vocabulary("icd9", "ICD9", &["icd-9", "icd_9"]),
    vocabulary("icd9cm", "ICD9CM", &["icd-9-cm", "icd9-cm", "icd_9_cm", "icd-9cm"]),
    vocabulary("icdo", "ICDO", &["icd-o", "icd_o", "icdo-3", "icd-o-3"]),
    vocabulary("kegg", "KEGG", &[]),
    vocabulary("meddra", "MEDDRA", &["mdr", "medra"]),
    vocabulary("medgen", "MedGen", &["medgenuid"]),
    vocabulary("mesh", "MESH", &["msh", "mesh_id"]),
    vocabulary("ncit", "NCIT", &["nci", "nci_thesaurus", "ncithesaurus", "nci_code"]),
    vocabulary("omim", "OMIM", &["mim", "omim.entry", "mimid"]),
    // Phenotypic series: groups of entries, and so another thing than an entry.
    vocabulary("omimps", "OMIMPS", &["mimps", "omim.ps", "omim_ps"]),
    vocabulary("orphanet", "Orphanet", &["orpha", "ordo", "orphacode", "orphanet.ordo", "orpha_code"]),
    bare("refseq", "RefSeq", &["ref_seq", "refseq_accession"]),
    vocabulary("rxnorm", "RxNorm", &["rxcui"]),
    vocabulary(
        "snomed",
        "SNOMEDCT",
        &["sctid", "snomed_ct", "snomed-ct", "snomedct_us", "snomedct_core", "snomedctid", "sct"],
    ),
    vocabulary("umls", "UMLS", &["umls_cui", "umlscui", "cui"]),
    bare("uniprot", "UniProtKB", &["uniprot_ids", "swissprot", "swiss-prot", "swiss_prot", "trembl"]),
];

/// The vocabulary of each word for it, in lower case.
static WORDS: LazyLock<HashMap<String, &'static Vocabulary>> = LazyLock::new(|| {
    let words =
        |vocabulary: &'static Vocabulary| vocabulary.others.iter().copied().chain([vocabulary.name, vocabulary.prefix]);
    VOCABULARIES.iter().flat_map(|known| words(known).map(move |word| (word.to_ascii_lowercase(), known))).collect()
});

impl Vocabulary {
    /// The vocabulary of this name or prefix, in any case.
    pub fn find(word: &str) -> Option<&'static Self> {
        let word = word.trim().to_ascii_lowercase();
        // Some ontologies name the edition as well: `SNOMEDCT_US_2023_03_01`.
        let word = if word.starts_with("snomedct_us_") { "snomedct_us" } else { word.as_str() };
        WORDS.get(word).copied()
    }
}

/// An identifier with its vocabulary, where that is known.
struct Parsed {
    vocabulary: Option<&'static Vocabulary>,
    prefix: String,
    local: String,
}

fn parse(xref: &str) -> Option<Parsed> {
    let id = Curie::parse(xref).ok()?;
    // An address that names nothing known is its own identifier, whatever stands before its colon.
    if id.local().starts_with("//") {
        return None;
    }
    let mut vocabulary = Vocabulary::find(id.prefix());
    let mut local = id.local();
    // Prefixes that stand twice (`MESH:MESH:D1`) are written by some exports.
    while let (Some(known), Some((repeated, rest))) = (vocabulary, local.split_once(':')) {
        if Vocabulary::find(repeated) != Some(known) {
            break;
        }
        local = rest;
    }
    let mut local = local.to_owned();
    if let Some(known) = vocabulary {
        local.make_ascii_uppercase();
        match known.name {
            "ensembl" | "refseq" => local.truncate(local.find('.').unwrap_or(local.len())),
            "omim" if local.starts_with("PS") => {
                local.drain(..2);
                vocabulary = Vocabulary::find("omimps");
            }
            "omimps" if local.starts_with("PS") => drop(local.drain(..2)),
            _ => {}
        }
    }
    let prefix = vocabulary.map_or(id.prefix(), |vocabulary| vocabulary.prefix).to_owned();
    (!local.is_empty()).then_some(Parsed { vocabulary, prefix, local })
}

/// What every spelling of one cross-reference has in common: its vocabulary's prefix in lower case and its local part,
/// in which a version (`ENSG00000141510.11`) does not count. `None` where it is no identifier.
pub fn key(xref: &str) -> Option<String> {
    parse(xref).map(|Parsed { prefix, local, .. }| format!("{}:{local}", prefix.to_ascii_lowercase()))
}

/// Where the concepts stand that refer to each [`key`], in their order.
pub fn referring<'a>(concepts: impl IntoIterator<Item = (u32, &'a Concept)>) -> BTreeMap<String, Vec<u32>> {
    let mut referring: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (at, concept) in concepts {
        for key in concept.xrefs.iter().filter_map(|xref| key(xref)) {
            let places = referring.entry(key).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
    }
    referring
}

/// Whether it is written as identifiers of a vocabulary that is known are: its prefix, and some digit behind it.
pub fn is_identifier(id: &Curie) -> bool {
    Vocabulary::find(id.prefix()).is_some() && id.local().bytes().any(|byte| byte.is_ascii_digit())
}

/// The prefix of a [`key`].
pub fn prefix_of_key(key: &str) -> &str {
    key.split(':').next().unwrap_or_default()
}

/// The keys to look for an identifier by, the most exact first: an isoform is looked for as its protein, too.
pub fn keys(xref: &str) -> impl Iterator<Item = String> {
    let exact = key(xref);
    let protein = exact.as_deref().filter(|key| prefix_of_key(key) == "uniprotkb").and_then(|key| {
        let (protein, isoform) = key.rsplit_once('-')?;
        isoform.bytes().all(|byte| byte.is_ascii_digit()).then(|| protein.to_owned())
    });
    exact.into_iter().chain(protein)
}

/// The identifiers that a word without a prefix may be by its shape: an Ensembl identifier, a `UniProt` accession, a
/// concept of UMLS, a number of NCBI Gene.
pub fn of_bare(word: &str) -> Option<Curie> {
    let upper = word.trim().to_ascii_uppercase();
    let prefix = if is_ensembl(&upper) {
        "ENSEMBL"
    } else if is_umls(&upper) {
        "UMLS"
    } else if is_uniprot(upper.split_once('-').map_or(upper.as_str(), |(protein, _)| protein)) {
        "UniProtKB"
    } else if (1..=10).contains(&upper.len()) && is_number(&upper) && !upper.starts_with('0') {
        "NCBIGene"
    } else {
        return None;
    };
    Curie::parse(&format!("{prefix}:{upper}")).ok()
}

/// Whether a word is a number that as many things have as genes: one of one or two digits.
pub fn is_short_number(word: &str) -> bool {
    let word = word.trim();
    is_number(word) && word.len() < 3
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `ENSG00000141510`, `ENSMUSG00000059552.14`: letters that tell species and kind, then eleven digits.
fn is_ensembl(text: &str) -> bool {
    let (text, version) = text.split_once('.').unwrap_or((text, "0"));
    let Some(rest) = text.strip_prefix("ENS") else { return false };
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_uppercase());
    (1..=7).contains(&(rest.len() - digits.len())) && digits.len() == 11 && is_number(digits) && is_number(version)
}

/// `C0036572`.
fn is_umls(text: &str) -> bool {
    text.strip_prefix('C').is_some_and(|digits| digits.len() == 7 && is_number(digits))
}

/// An accession as `UniProt` defines it: six characters, or ten, of which digits and letters have their places.
fn is_uniprot(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit();
    let either = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_block = |block: &[u8]| match block {
        [letter, second, third, last] => {
            letter.is_ascii_uppercase() && either(*second) && either(*third) && digit(*last)
        }
        _ => false,
    };
    match text.as_bytes() {
        [b'O' | b'P' | b'Q', second, middle @ .., last] if middle.len() == 3 => {
            digit(*second) && middle.iter().all(|byte| either(*byte)) && digit(*last)
        }
        [first, second, blocks @ ..] if blocks.len() == 4 || blocks.len() == 8 => {
            first.is_ascii_uppercase()
                && !matches!(first, b'O' | b'P' | b'Q')
                && digit(*second)
                && blocks.chunks(4).all(is_block)
        }
        _ => false,
    }
}

/// A vocabulary that somebody wants identifiers of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    asked: String,
    wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// The label of a concept of a nomenclature, which is a symbol.
    Symbol,
    /// Identifiers whose keys have this prefix.
    Key(String),
}

/// Prefixes of nomenclatures, in which a label is a symbol.
const NOMENCLATURES: [&str; 9] = ["ENSEMBL", "FB", "HGNC", "MGI", "NCBIGene", "RGD", "SGD", "WB", "ZFIN"];

impl Namespace {
    /// The vocabulary that `word` means: a name or prefix of [`VOCABULARIES`], any other prefix, or `symbol`.
    pub fn new(word: &str) -> Self {
        let asked = word.trim().to_owned();
        let lower = asked.to_ascii_lowercase();
        let prefix = Vocabulary::find(&asked).map_or(lower.clone(), |known| known.prefix.to_ascii_lowercase());
        let wanted = if lower == "symbol" { Wanted::Symbol } else { Wanted::Key(prefix) };
        Self { asked, wanted }
    }

    /// The word it was asked for by.
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// The prefix of its keys; `None` for symbols, which are no cross-references.
    pub fn key_prefix(&self) -> Option<&str> {
        match &self.wanted {
            Wanted::Symbol => None,
            Wanted::Key(prefix) => Some(prefix),
        }
    }

    /// Whether it is one that any ontology may be asked for.
    pub fn is_known(&self) -> bool {
        self.wanted == Wanted::Symbol
            || Vocabulary::find(&self.asked).is_some()
            || catalogue::find(&self.asked).is_some()
    }

    /// What the concept `id`, called `label`, has of it among its cross-references: all of them, each once, in their
    /// order. Identifiers of genes and proteins as their vocabularies write them (`7157`), others with the prefix.
    pub fn of(&self, id: &Curie, label: &str, xrefs: &[String]) -> Vec<String> {
        let Wanted::Key(prefix) = &self.wanted else {
            return if NOMENCLATURES.contains(&id.prefix()) { vec![label.to_owned()] } else { Vec::new() };
        };
        // Of its own vocabulary, it has itself.
        let all = [id.as_str()].into_iter().chain(xrefs.iter().map(String::as_str));
        let mut found = Vec::new();
        for Parsed { vocabulary, prefix: own, local } in all.filter_map(parse) {
            if !own.eq_ignore_ascii_case(prefix) {
                continue;
            }
            let is_bare = vocabulary.is_some_and(|vocabulary| vocabulary.is_bare);
            let id = if is_bare { local } else { format!("{own}:{local}") };
            if !found.contains(&id) {
                found.push(id);
            }
        }
        found
    }
}

/// How many distinct identifiers of each vocabulary are among sorted `keys`: by the prefix in answers where the
/// vocabulary is known, else by the prefix in lower case.
pub fn counts<'a>(keys: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for key in keys {
        *counts.entry(prefix_of_key(key)).or_default() += 1;
    }
    let shown = |prefix: &str| Vocabulary::find(prefix).map_or(prefix, |known| known.prefix).to_owned();
    counts.into_iter().map(|(prefix, count)| (shown(prefix), count)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    #[test]
    fn every_spelling_of_one_identifier_has_one_key() {
        for (one, other) in [
            ("mesh:D012640", "MSH:D012640"),
            ("MESH:D012640", "mesh:d012640"),
            ("ORPHA:558", "Orphanet:558"),
            ("OMIM:154700", "MIM:154700"),
            ("OMIM:PS154700", "OMIMPS:154700"),
            ("SNOMEDCT_US:1", "SCTID:1"),
            ("SNOMED_CT:1", "SNOMEDCT_US_2023_03_01:1"),
            ("ICD-10:Q80", "ICD10:Q80"),
            ("UMLS_CUI:C0036572", "umls:C0036572"),
            ("NCI:C1", "NCIT:C1"),
            ("http://purl.obolibrary.org/obo/NCIT_C1", "NCIT:C1"),
            ("GeneID:7157", "NCBIGene:7157"),
            ("entrez:7157", "https://identifiers.org/ncbigene:7157"),
            ("ensembl:ENSG00000141510.11", "ENSEMBL:ENSG00000141510"),
            ("UniProt:p04637", "UniProtKB:P04637"),
            ("Fyler:1", "fyler:1"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
            assert!(key(one).is_some());
        }
        assert_ne!(key("OMIMPS:1"), key("OMIM:1"));
        assert_ne!(key("ICD10CM:Q80"), key("ICD10:Q80"));
        assert_eq!((key("no identifier"), key("https://example.org/a"), key("MESH:MESH:")), (None, None, None));
    }

    #[test]
    fn no_word_means_two_vocabularies() {
        let mut seen = HashSet::new();
        for known in VOCABULARIES {
            let own: BTreeSet<String> =
                known.others.iter().chain([&known.name, &known.prefix]).map(|word| word.to_ascii_lowercase()).collect();
            for word in own {
                assert!(seen.insert(word.clone()), "{word}");
            }
            assert!(known.others.iter().all(|word| *word == word.to_ascii_lowercase()), "{}", known.name);
        }
        assert!(VOCABULARIES.is_sorted_by_key(|known| known.name));
    }

    #[test]
    fn an_isoform_is_looked_for_as_its_protein_too() {
        let all: Vec<String> = keys("UniProtKB:P04637-2").collect();
        assert_eq!(all, ["uniprotkb:P04637-2", "uniprotkb:P04637"]);
        assert_eq!(keys("MESH:D1-2").collect::<Vec<_>>(), ["mesh:D1-2"]);
    }

    #[test]
    fn a_number_of_one_or_two_digits_is_short() {
        assert!(is_short_number(" 7") && is_short_number("10"));
        assert!(!is_short_number("100") && !is_short_number("T1") && !is_short_number(""));
    }

    #[test]
    fn words_without_a_prefix_are_told_by_their_shape() {
        let id = |word: &str| of_bare(word).map(|id| id.to_string());
        for (word, expected) in [
            ("ENSG00000141510", "ENSEMBL:ENSG00000141510"),
            ("ensg00000141510.11", "ENSEMBL:ENSG00000141510.11"),
            ("ENSMUSG00000059552", "ENSEMBL:ENSMUSG00000059552"),
            ("P04637", "UniProtKB:P04637"),
            ("p04637-2", "UniProtKB:P04637-2"),
            ("A0A024R161", "UniProtKB:A0A024R161"),
            ("A2BC19", "UniProtKB:A2BC19"),
            ("C0036572", "UMLS:C0036572"),
            (" 7157 ", "NCBIGene:7157"),
        ] {
            assert_eq!(id(word).as_deref(), Some(expected), "{word}");
        }
        for word in [
            "",
            "p53",
            "IL-2",
            "ENSG0000014151",
            "ENSG00000141510.x",
            "P0463",
            "TP53",
            "C00365722",
            "0",
            "-1",
            "A0A024R16",
        ] {
            assert_eq!(id(word), None, "{word}");
        }
    }

    #[test]
    fn all_identifiers_of_a_namespace_are_given_in_their_order_and_each_once() {
        let xrefs: Vec<String> = [
            "MESH:D2",
            "OMIM:1",
            "mesh:D1",
            "MSH:D2",
            "OMIMPS:3",
            "NCBIGene:7157",
            "ensembl:ENSG00000141510",
            "Fyler:8",
        ]
        .map(str::to_owned)
        .to_vec();
        let of = |word: &str, id: &str| Namespace::new(word).of(&Curie::parse(id).unwrap(), "TP53", &xrefs);
        assert_eq!(of("mesh", "X:1"), ["MESH:D2", "MESH:D1"]);
        assert_eq!(of("MIM", "X:1"), ["OMIM:1"]);
        assert_eq!(of("entrez", "X:1"), ["7157"]);
        assert_eq!(of("Ensembl", "X:1"), ["ENSG00000141510"]);
        assert_eq!(of("fyler", "X:1"), ["Fyler:8"]);
        assert_eq!((of("symbol", "HGNC:1"), of("symbol", "X:1")), (vec!["TP53".to_owned()], Vec::new()));
        assert_eq!(of("umls", "X:1"), Vec::<String>::new());
    }

    #[test]
    fn identifiers_are_counted_by_vocabulary() {
        let counts = counts(["mesh:D1", "mesh:D2", "ncbigene:1", "fyler:2"].into_iter());
        let counts: Vec<(&str, usize)> = counts.iter().map(|(prefix, count)| (prefix.as_str(), *count)).collect();
        assert_eq!(counts, [("MESH", 2), ("NCBIGene", 1), ("fyler", 1)]);
    }
}
