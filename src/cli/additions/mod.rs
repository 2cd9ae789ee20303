//! The files of `--add-names`: names that concepts get before they are indexed.
//!
//! | file | what |
//! |---|---|
//! | `resolver.rs` | identifiers, of the ontology or of a vocabulary it refers to, to its concepts |
//! | `rows.rs` | which format the rows of a table have, told by its header, and what a row says |
//! | `own.rs` | the table that `term2id review apply --synonyms` writes, and what people make by hand |
//! | `sssom.rs` | mappings: the label of one side is a name of the other |
//! | `literals.rs` | literal mappings, as biosynonyms and ssslm write them |
//! | `uniprot.rs` | tables of proteins, as `UniProt` exports them |
//!
//! Any other file is read as an ontology, of which the names are taken.

mod literals;
mod own;
mod resolver;
mod rows;
mod sssom;
mod uniprot;

use std::path::Path;

use anyhow::bail;

use super::index::{self, counted};
use super::output::{DIM, Output, styled};
use crate::index::AddedNames;
use crate::ontology::source::{self, Downloads, Options, Source};
use crate::ontology::{Added, Curie, Draft, Name, Ontology, Resolution, Scope};
use crate::tables::{Input, Table};
use resolver::Resolver;
use rows::{Layout, Said};

/// Why a name of a file is not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The concept has it.
    Known,
    /// Its identifier is of no concept.
    Unknown,
    /// Its concept is retired, in the file or in the ontology, and no single one stands for it.
    Retired,
    /// It is tagged with a language that is not wanted.
    Language,
    /// The row says nothing about a name: it is negated, has no label, or relates in another way.
    Nameless,
}

impl Reason {
    const ALL: [Self; 5] = [Self::Known, Self::Unknown, Self::Retired, Self::Language, Self::Nameless];

    const fn noun(self) -> &'static str {
        match self {
            Self::Known | Self::Unknown | Self::Retired | Self::Language => "name",
            Self::Nameless => "row",
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known already",
            Self::Unknown => "of no concept of this ontology",
            Self::Retired => "of retired concepts",
            Self::Language => "in other languages",
            Self::Nameless => "without a name (negated, not labelled, or of another relation)",
        }
    }
}

/// What came of a file.
#[derive(Debug, Default)]
struct Tally {
    added: usize,
    /// How many were passed over, by [`Reason`].
    passed_over: [usize; Reason::ALL.len()],
    /// Where and what these are, if that is wanted.
    listed: Option<Vec<(Reason, u64, String)>>,
}

impl Tally {
    fn pass_over(&mut self, reason: Reason, line: u64, what: impl FnOnce() -> String) {
        self.passed_over[reason as usize] += 1;
        if let Some(listed) = &mut self.listed {
            listed.push((reason, line, what()));
        }
    }
}

/// An ontology that gets names.
struct Receiver<'a> {
    ontology: &'a mut Ontology,
    resolver: Resolver,
    /// Languages of names that are wanted; all where none is given.
    languages: &'a [String],
    tally: Tally,
}

impl Receiver<'_> {
    /// Adds a name to the concepts that `id` leads to: the one of the ontology, else all that refer to it.
    fn add(&mut self, line: u64, id: &Curie, name: Name) {
        // A concept has one label, and the ontology says which.
        let scope = if name.scope == Scope::Label { Scope::Exact } else { name.scope };
        let name = Name { text: name.text.trim().to_owned(), scope, ..name };
        let what = |name: &Name| format!("{id} {}", name.text);
        if !is_wanted(self.languages, name.language.as_deref()) {
            return self.tally.pass_over(Reason::Language, line, || what(&name));
        }
        let mut added = vec![self.ontology.add_name(id, name.clone())];
        if added == [Added::Nowhere] {
            let referring = self.resolver.referring(self.ontology, id);
            added = referring.iter().map(|id| self.ontology.add_name(id, name.clone())).collect();
        }
        if added.iter().any(|added| matches!(added, Added::New(_))) {
            self.tally.added += 1;
        } else if added.iter().any(|added| matches!(added, Added::Known(_))) {
            self.tally.pass_over(Reason::Known, line, || what(&name));
        } else {
            let is_known = self.ontology.resolve(id) != Resolution::Unknown;
            let reason = if is_known { Reason::Retired } else { Reason::Unknown };
            self.tally.pass_over(reason, line, || what(&name));
        }
    }

    /// Adds the names of an ontology's concepts.
    fn add_draft(&mut self, draft: Draft) {
        for (line, concept) in draft.concepts {
            let is_retired = concept.is_retired();
            for name in concept.names {
                // Translations of HPO have several names in one.
                for text in name.text.split('|').filter(|text| !text.trim().is_empty()) {
                    if is_retired {
                        let what = || format!("{} {}", concept.id, text.trim());
                        self.tally.pass_over(Reason::Retired, line as u64, what);
                    } else {
                        self.add(line as u64, &concept.id, Name { text: text.to_owned(), ..name.clone() });
                    }
                }
            }
        }
    }

    /// Adds the names in the rows of `table`.
    fn add_rows(&mut self, table: &mut Table) -> anyhow::Result<()> {
        let layout = Layout::of(table)?;
        let place = table.place().to_owned();
        while let Some(row) = table.read()? {
            let line = row.line;
            let cells = row.cells?;
            match layout.read(&place, line, &cells, &|id| self.resolver.is_ours(id))? {
                Said::Names(id, names) => names.into_iter().for_each(|name| self.add(line, &id, name)),
                Said::Nothing(what) => self.tally.pass_over(Reason::Nameless, line, || what),
            }
        }
        Ok(())
    }
}

/// Whether a name tagged with `language` is wanted: `fr` means `fr-CA` too, and what has no tag is for all.
fn is_wanted(languages: &[String], language: Option<&str>) -> bool {
    let Some(language) = language.filter(|_| !languages.is_empty()) else { return true };
    languages.iter().any(|wanted| {
        let (start, rest) = language.split_at_checked(wanted.len()).unwrap_or((language, ""));
        start.eq_ignore_ascii_case(wanted) && (rest.is_empty() || rest.starts_with(['-', '_']))
    })
}

/// Adds the names in `file` to `ontology`, of `languages` where any are given, and says what was passed over, each with its
/// line where `all` is wanted.
pub(super) fn add(
    file: &Path,
    ontology: &mut Ontology,
    languages: &[String],
    all: bool,
    output: &Output,
) -> anyhow::Result<AddedNames> {
    let given = file.display().to_string();
    if given == "-" {
        bail!("`--add-names` reads a file, not standard input");
    }
    // A file that is there is never downloaded.
    let downloads = Downloads { folder: Path::new(""), refresh: false };
    let fetched = Source::Path(file.to_owned()).fetch(downloads, &|_, _| {})?;
    let tally = Tally { listed: all.then(Vec::new), ..Tally::default() };
    let mut receiver = Receiver { resolver: Resolver::new(ontology), ontology, languages, tally };
    if source::is_table(&fetched)? {
        receiver.add_rows(&mut Table::begin(Input::open(file)?, None)?)?;
    } else {
        let draft = source::draft(&fetched, &Options::default())?;
        if draft.concepts.is_empty() {
            bail!("`{given}` holds no concepts");
        }
        let count = draft.oddities.len() + draft.untold_oddities;
        let oddities = index::Oddities { place: &fetched.place, told: &draft.oddities, count };
        index::report_oddities(&oddities, all, output);
        receiver.add_draft(draft);
    }
    let Tally { added, passed_over, listed } = receiver.tally;
    for reason in Reason::ALL {
        let number = passed_over[reason as usize];
        if number == 0 {
            continue;
        }
        let more = if all { "" } else { "; --verbose lists them" };
        output.say(format_args!("{} of `{given}` {}{more}", counted(number, reason.noun()), reason.as_str()));
        for (_, line, what) in listed.iter().flatten().filter(|(listed, ..)| *listed == reason) {
            let place = if *line == 0 { given.clone() } else { format!("{given}:{line}") };
            output.say(format_args!("  {}: {what}", styled(DIM, place)));
        }
    }
    Ok(AddedNames { given, blake3: fetched.blake3, names: added })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::ontology::obo;

    const OBO: &str = "[Term]\nid: HP:1\nname: Large hands\nalt_id: HP:9\nxref: MESH:D1\n\n\
                       [Term]\nid: HP:2\nname: Long feet\nxref: UniProtKB:P04637\nxref: UMLS:C0000001\n\n\
                       [Term]\nid: HP:3\nname: Wide feet\nxref: UMLS:C0000001\n\n\
                       [Term]\nid: HP:4\nname: Old nose\nis_obsolete: true\n";

    /// What came of a table, and the names that were added as they are written below their concept.
    fn added_in(languages: &[&str], text: &str) -> Result<(Vec<usize>, Vec<String>), String> {
        let mut ontology = Ontology::assemble(obo::read(OBO.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        let input = Input::new("n.tsv".to_owned(), None, Box::new(Cursor::new(text.as_bytes().to_vec()))).unwrap();
        let languages: Vec<String> = languages.iter().map(|&language| language.to_owned()).collect();
        let (resolver, tally) = (Resolver::new(&ontology), Tally::default());
        let mut receiver = Receiver { ontology: &mut ontology, resolver, languages: &languages, tally };
        let mut table = Table::begin(input, None).map_err(|error| error.to_string())?;
        receiver.add_rows(&mut table).map_err(|error| error.to_string())?;
        let mut counts = vec![receiver.tally.added];
        counts.extend(receiver.tally.passed_over);
        let mut names = Vec::new();
        for concept in ontology.concepts() {
            for Name { text, scope, kind, language } in concept.synonyms() {
                let all = [Some(format!("{} {text} {scope}", concept.id)), kind.clone(), language.clone()];
                names.push(all.into_iter().flatten().collect::<Vec<_>>().join(" "));
            }
        }
        Ok((counts, names))
    }

    fn added(text: &str) -> Result<(Vec<usize>, Vec<String>), String> {
        added_in(&[], text)
    }

    #[test]
    fn names_are_read_by_their_columns_and_what_is_passed_over_is_counted() {
        let text = "Curie\tsynonym\tscope\tkind\nHP:9\tbig hands\tnarrow\tLayperson\nHP:1\t'=1\t\t\n\
                    HP:1\tlarge HANDS\tlabel\t\nHP:7\tx\t\t\n";
        let names = ["HP:1 big hands NARROW layperson", "HP:1 =1 EXACT"].map(str::to_owned);
        assert_eq!(added(text), Ok((vec![2, 1, 1, 0, 0, 0], names.to_vec())));
    }

    #[test]
    fn a_bad_row_is_an_error_with_its_line() {
        let said = |text: &str| added(text).unwrap_err();
        assert_eq!(said("id\tname\nHP:1\t \n"), "n.tsv:2: the row has no name");
        assert_eq!(said("id\tname\nhands\tx\n"), "n.tsv:2: `id` holds `hands`, which is no identifier");
        let no_scope = "n.tsv:2: `wide` is no scope (exact, narrow, broad or related)";
        assert_eq!(said("id\tname\tscope\nHP:1\tx\twide\n"), no_scope);
        assert_eq!(said("id\tname\nHP:1\n"), "n.tsv:2: the header has 2 columns, the row 1");
        assert_eq!(said("id\twords\n"), "`n.tsv` has no column `name`");
        assert_eq!(said("words\tname\n"), "`n.tsv` has no column `id`");
    }

    #[test]
    fn names_of_another_language_are_left_out_and_those_without_one_are_kept() {
        let text =
            "id\tname\tlanguage\nHP:1\tgrandes mains\tFR\nHP:1\tmains\tfr-CA\nHP:1\tgroße Hände\tde\nHP:1\tbig\t\n";
        let (counts, names) = added_in(&["fr", "en"], text).unwrap();
        assert_eq!((counts, names.len()), (vec![3, 0, 0, 0, 1, 0], 3));
        assert_eq!(names[0], "HP:1 grandes mains EXACT fr");
        assert_eq!(added(text).unwrap().0[0], 4);
    }

    #[test]
    fn an_identifier_of_another_vocabulary_leads_to_all_that_refer_to_it() {
        let text = "id\tname\nmsh:D1\tbig hands\nUMLS:C0000001\tfeet\nMESH:D9\tx\n";
        let names = ["HP:1 big hands EXACT", "HP:2 feet EXACT", "HP:3 feet EXACT"].map(str::to_owned);
        assert_eq!(added(text), Ok((vec![2, 0, 1, 0, 0, 0], names.to_vec())));
    }

    #[test]
    fn mappings_give_the_label_of_the_other_side_in_the_scope_of_their_predicate() {
        let text = "#curie_map:\n#  mine: \"http://purl.obolibrary.org/obo/HP_\"\n#mapping_set_id: x\n\
            subject_id\tsubject_label\tpredicate_id\tpredicate_modifier\tobject_id\tobject_label\n\
            A:1\ta\tskos:exactMatch\t\tHP:1\tx\n\
            A:2\tb\tskos:broadMatch\t\thttp://purl.obolibrary.org/obo/HP_1\tx\n\
            mine:1\tx\tskos:broadMatch\t\tA:3\tc\n\
            A:4\td\tskos:closeMatch\t\tHP:2\tx\n\
            A:5\te\tskos:exactMatch\tNot\tHP:2\tx\n\
            A:6\tf\tskos:exactMatch\t\tsssom:NoTermFound\t\n\
            A:7\tg\tRO:0001\t\tHP:2\tx\n\
            A:8\th\tskos:narrowMatch\t\tA:9\tx\n\
            A:10\t\tskos:exactMatch\t\tHP:2\tx\n\
            HP:1\ti\tskos:exactMatch\t\tHP:2\tj\n";
        let names = ["HP:1 a EXACT", "HP:1 b NARROW", "HP:1 c BROAD", "HP:2 d RELATED"].map(str::to_owned);
        assert_eq!(added(text), Ok((vec![4, 0, 1, 0, 0, 5], names.to_vec())));
    }

    #[test]
    fn mappings_of_words_have_no_identifier_for_them() {
        let text = "subject_label\tpredicate_id\tobject_id\nbig hands\tskos:exactMatch\tHP:1\n";
        assert_eq!(added(text), Ok((vec![1, 0, 0, 0, 0, 0], vec!["HP:1 big hands EXACT".to_owned()])));
        let said = |text: &str| added(text).unwrap_err();
        let no_identifier = "n.tsv:2: `object_id` holds `hands`, which is no identifier";
        assert_eq!(said("subject_label\tpredicate_id\tobject_id\nx\tskos:exactMatch\thands\n"), no_identifier);
        assert_eq!(said("predicate_id\tobject_id\nx\tHP:1\n"), "`n.tsv` has no column `subject_label`");
    }

    #[test]
    fn literal_mappings_are_read_as_biosynonyms_and_ssslm_write_them() {
        let text = "text\tcurie\tname\tpredicate\ttype\tprovenance\tcontributor\tdate\tlanguage\tcomment\tsource\ttaxon\n\
            big hands\tHP:1\tLarge hands\toboInOwl:hasExactSynonym\tOMO:0003003\tpubmed:1\t\t\ten\t\t\t\n\
            Large hands\tHP:1\tLarge hands\trdfs:label\t\t\t\t\t\t\t\t\n\
            LH\tHP:1\tLarge hands\t\tOMO:0003000\t\t\t\t\t\t\t\n";
        let names = ["HP:1 big hands EXACT layperson en", "HP:1 LH RELATED abbreviation"].map(str::to_owned);
        assert_eq!(added(text), Ok((vec![2, 1, 0, 0, 0, 0], names.to_vec())));
        let old = "text\tcurie\ttype\treferences\tcontributor_orcid\nbig hands\tHP:1\toio:hasNarrowSynonym\t\t0000\n";
        assert_eq!(added(old), Ok((vec![1, 0, 0, 0, 0, 0], vec!["HP:1 big hands NARROW".to_owned()])));
        let said = |text: &str| added(text).unwrap_err();
        assert_eq!(said("text\tcurie\nx\thands\n"), "n.tsv:2: `curie` holds `hands`, which is no identifier");
        assert_eq!(said("text\tcurie\n\tHP:1\n"), "n.tsv:2: the row has no name");
        let no_scope = "n.tsv:2: `skos:exactMatch` is no predicate of a name (such as `oboInOwl:hasExactSynonym`)";
        assert_eq!(said("text\tcurie\tpredicate\nx\tHP:1\tskos:exactMatch\n"), no_scope);
    }

    #[test]
    fn names_of_retired_concepts_are_told_apart_from_those_of_none() {
        let mut ontology = Ontology::assemble(obo::read(OBO.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        let (resolver, tally) = (Resolver::new(&ontology), Tally { listed: Some(Vec::new()), ..Tally::default() });
        let mut receiver = Receiver { ontology: &mut ontology, resolver, languages: &[], tally };
        let more = "[Term]\nid: HP:1\nname: hands|paws\nis_obsolete: true\n\n[Term]\nid: HP:4\nname: noses\n\n\
                    [Term]\nid: HP:2\nname: feet\n\n[Term]\nid: HP:7\nname: ears\n";
        receiver.add_draft(obo::read(more.as_bytes(), "y").unwrap());
        let listed = receiver.tally.listed.unwrap();
        let told: Vec<_> = listed.iter().map(|(reason, line, what)| (*reason, *line, what.as_str())).collect();
        let retired = |line, what| (Reason::Retired, line, what);
        assert_eq!(receiver.tally.added, 1);
        assert_eq!(
            told,
            [
                retired(1, "HP:1 hands"),
                retired(1, "HP:1 paws"),
                retired(6, "HP:4 noses"),
                (Reason::Unknown, 14, "HP:7 ears")
            ]
        );
    }

    #[test]
    fn proteins_give_their_names_to_what_refers_to_them() {
        let text = "Entry\tReviewed\tEntry Name\tProtein names\tGene Names\n\
            P04637\treviewed\tX\tLong protein 1 (Antigen NY-1) (EC 1.2.3.4)\tLP\nP00001\treviewed\tY\tOther\t\n";
        let names =
            ["HP:2 Long protein 1 EXACT protein_name", "HP:2 Antigen NY-1 EXACT protein_name"].map(str::to_owned);
        assert_eq!(added(text), Ok((vec![2, 0, 1, 0, 0, 0], names.to_vec())));
        let said = |text: &str| added(text).unwrap_err();
        let no_accession = "n.tsv:2: `Entry` holds `TP53`, which is no accession of UniProt";
        assert_eq!(said("Entry\tProtein names\nTP53\tx\n"), no_accession);
    }
}
