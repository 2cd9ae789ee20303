use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::ontology::obo;
use crate::retrieve::{self, Candidate, Description, Ranks, Retrieval, Scores};
use crate::verify::{Field, Label, Quoting};

fn ontology() -> Arc<Ontology> {
    let terms = [
        ("1", "All", ""),
        ("2", "Seizure", "synonym: \"Epileptic fit\" EXACT []\nalt_id: HP:0000012"),
        ("3", "Large hands", "synonym: \"Big paws\" RELATED []"),
        ("4", "Abnormality of the foot", ""),
        ("5", "obsolete Huge hands", "is_obsolete: true\nreplaced_by: HP:0000003"),
        ("6", "obsolete Odd hands", "is_obsolete: true\nconsider: HP:0000003\nconsider: HP:0000004"),
        ("7", "obsolete Nothing", "is_obsolete: true"),
        ("8", "Pain", ""),
        ("9", "Chronic pain", "is_a: HP:0000008"),
    ];
    let term = |(id, name, rest): &(&str, &str, &str)| format!("[Term]\nid: HP:000000{id}\nname: {name}\n{rest}\n\n");
    let text: String = terms.iter().map(term).collect();
    Arc::new(Ontology::assemble(obo::read(text.as_bytes(), "hp").unwrap(), "hp", "hp").unwrap())
}

fn judge() -> Judge {
    Judge::new(vec![ontology()])
}

fn field(text: &str, start: u64) -> Field {
    let span = start..start + text.len() as u64;
    Field { text: text.to_owned(), line: 1, column: start + 1, span, quoting: Quoting::Cell(b'\t') }
}

fn pair(id: &str, label: &str, extent: Extent) -> Pair {
    let label = (!label.is_empty()).then(|| Label { field: field(label, 100), extent });
    Pair { identifier: field(id, 0), label }
}

fn verdict(judge: &Judge, id: &str, label: &str, extent: Extent) -> String {
    match judge.judge(&pair(id, label, extent)).unwrap() {
        Verdict::Fine => "fine".to_owned(),
        Verdict::Foreign(prefix) => format!("foreign {prefix}"),
        Verdict::Found(finding) => {
            let suggestion = finding.suggestion.as_ref();
            let suggestion =
                suggestion.map(|found| format!(" -> {} {} ({})", found.id, found.label, found.how.as_str()));
            let edits: Vec<String> =
                finding.edits.iter().map(|edit| format!("{}={}", edit.span.start, edit.written)).collect();
            let edits = if edits.is_empty() { String::new() } else { format!(" [{}]", edits.join(", ")) };
            format!("{}{}{edits}", finding.kind.as_str(), suggestion.unwrap_or_default())
        }
    }
}

/// What is said of an identifier and a label.
fn whole(id: &str, label: &str) -> String {
    verdict(&judge(), id, label, Extent::Whole)
}

/// What is said of an identifier behind running text.
fn end(id: &str, text: &str) -> String {
    verdict(&judge(), id, text, Extent::End)
}

#[test]
fn names_of_the_concept_are_fine_and_synonyms_a_note() {
    assert_eq!(whole("HP:0000002", "seizure "), "fine");
    assert_eq!(whole("HP:0000002", ""), "fine");
    assert_eq!(whole("HP:0000002", "--"), "fine");
    assert_eq!(whole("http://purl.obolibrary.org/obo/HP_0000002", "Seizure"), "fine");
    assert_eq!(whole("HP:0000002", "Epileptic  FIT"), "synonym -> HP:0000002 Seizure (label)");
    let strict = judge().wanting_preferred_labels(true);
    let told = verdict(&strict, "HP:0000002", "Epileptic fit", Extent::Whole);
    assert_eq!(told, "synonym -> HP:0000002 Seizure (label) [100=Seizure]");
}

#[test]
fn other_vocabularies_are_not_judged_and_unknown_ones_are_told() {
    assert_eq!(whole("PMID:12", "Seizure"), "foreign PMID");
    assert_eq!(whole("MONDO:0000001", "disease"), "foreign MONDO");
    assert_eq!(whole("HPX:0000002", "Seizure"), "unknown-prefix -> HP:0000002 Seizure (label)");
}

#[test]
fn what_is_malformed_is_respelt_where_the_label_says_what_was_meant() {
    let right = "malformed -> HP:0000002 Seizure (identifier) [0=HP:0000002]";
    for id in ["hp_0000002", "HP: 0000002", "HP:2", "HP:00000002", "HP0000002", "HPO:0000002", "0000002", "HP:000000Z2"]
    {
        let expected = if id.contains('Z') { "malformed -> HP:0000002 Seizure (label)" } else { right };
        assert_eq!(whole(id, "Seizure"), expected, "{id}");
    }
    assert_eq!(whole("hp_0000002", ""), right);
    assert_eq!(whole("HP:2", ""), "malformed -> HP:0000002 Seizure (identifier)");
    assert_eq!(whole("HP:2", "Large hands"), "malformed -> HP:0000003 Large hands (label)");
    assert_eq!(whole("hp:0000002", "Large hands"), "malformed -> HP:0000003 Large hands (label)");
    assert_eq!(
        whole("hp:0000005", "Huge hands"),
        "malformed -> HP:0000003 Large hands (identifier) [0=HP:0000003, 100=Large hands]"
    );
    assert_eq!(whole("seizure", ""), "malformed");
}

#[test]
fn what_is_not_in_the_release_gets_the_identifier_of_its_label() {
    assert_eq!(whole("HP:9999999", "epileptic fit"), "unknown-identifier -> HP:0000002 Seizure (synonym)");
    assert_eq!(whole("HP:9999999", "nonsense"), "unknown-identifier");
    assert_eq!(end("HP:9999999", "a boy with large hands"), "unknown-identifier -> HP:0000003 Large hands (label)");
}

#[test]
fn what_was_merged_or_replaced_is_certain_where_the_label_belongs_to_it() {
    let current = "HP:0000003 Large hands (succession)";
    assert_eq!(whole("HP:0000012", ""), "alternative-identifier -> HP:0000002 Seizure (succession) [0=HP:0000002]");
    assert_eq!(
        whole("HP:0000012", "Epileptic fit"),
        "alternative-identifier -> HP:0000002 Seizure (succession) [0=HP:0000002, 100=Seizure]"
    );
    assert_eq!(whole("HP:0000005", "Large hands"), format!("obsolete -> {current} [0=HP:0000003]"));
    let refreshed = format!("obsolete -> {current} [0=HP:0000003, 100=Large hands]");
    assert_eq!(whole("HP:0000005", "huge hands"), refreshed);
    assert_eq!(whole("HP:0000005", "obsolete Huge hands"), refreshed);
    assert_eq!(whole("HP:0000005", "Seizure"), "obsolete -> HP:0000002 Seizure (label)");
    assert_eq!(whole("HP:0000005", "nonsense"), format!("obsolete -> {current}"));
    assert_eq!(
        whole("http://purl.obolibrary.org/obo/HP_0000005", ""),
        format!("obsolete -> {current} [0=http://purl.obolibrary.org/obo/HP_0000003]")
    );
}

#[test]
fn what_nothing_single_replaced_is_for_a_person() {
    assert_eq!(whole("HP:0000006", "Large hands"), "obsolete -> HP:0000003 Large hands (consider)");
    assert_eq!(whole("HP:0000006", "Odd hands"), "obsolete");
    assert_eq!(whole("HP:0000006", "Seizure"), "obsolete -> HP:0000002 Seizure (label)");
    assert_eq!(whole("HP:0000007", "Nothing"), "obsolete");
}

#[test]
fn a_label_of_another_concept_is_never_put_right_by_itself() {
    assert_eq!(whole("HP:0000003", "Seizure"), "other-concept -> HP:0000002 Seizure (label)");
    assert_eq!(whole("HP:0000003", "epileptic fit"), "other-concept -> HP:0000002 Seizure (synonym)");
    assert_eq!(
        whole("HP:0000003", "foot abnormalities"),
        "other-concept -> HP:0000004 Abnormality of the foot (label)"
    );
    assert_eq!(whole("HP:0000009", "Pain"), "other-concept -> HP:0000008 Pain (label)");
}

#[test]
fn spelling_is_put_right_with_the_nearest_name() {
    for (label, name) in [("Siezure", "Seizure"), ("Seizures", "Seizure"), ("Epileptic-fit", "Epileptic fit")] {
        assert_eq!(whole("HP:0000002", label), format!("spelling -> HP:0000002 {name} (spelling) [100={name}]"));
    }
    assert_eq!(whole("HP:0000002", "something else"), "unknown-label");
    // Another concept's name in another spelling is only suggested.
    assert_eq!(whole("HP:0000002", "Large hads"), "unknown-label -> HP:0000003 Large hands (spelling)");
}

#[test]
fn running_text_may_end_in_a_name_of_the_concept() {
    for text in ["Seizure", "a boy with seizures", "He had many epileptic fits"] {
        assert_eq!(end("HP:0000002", text), "fine", "{text}");
    }
    assert_eq!(end("HP:0000003", "first seizure"), "other-concept -> HP:0000002 Seizure (label)");
    assert_eq!(end("HP:0000002", "a boy with siezure"), "spelling -> HP:0000002 Seizure (spelling)");
    // A broader word, and a paraphrase where nobody can say.
    assert_eq!(end("HP:0000009", "years of pain"), "fine");
    assert_eq!(end("HP:0000002", "he shook all over"), "fine");
}

#[test]
fn in_running_text_only_the_name_itself_is_refreshed() {
    let current = "obsolete -> HP:0000003 Large hands (succession)";
    assert_eq!(end("HP:0000005", "a boy with large hands"), format!("{current} [0=HP:0000003]"));
    assert_eq!(end("HP:0000005", "a boy with huge hands"), format!("{current} [0=HP:0000003, 111=Large hands]"));
    assert_eq!(end("HP:0000005", "a boy"), current);
}

/// Finds the concept with the label `Pain`, and counts how often it is asked.
#[derive(Default)]
struct Finding3(AtomicUsize);

impl Retriever for Finding3 {
    fn retrieve(&self, mention: &Mention, _: usize) -> Result<Retrieval, retrieve::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        if mention.text.contains("fail") {
            return Err(retrieve::Error::NoDense);
        }
        let candidate = Candidate {
            id: Curie::parse("HP:0000008").unwrap(),
            label: "Pain".to_owned(),
            name: "Pain".to_owned(),
            scope: Scope::Label,
            kind: None,
            language: None,
            ontology: None,
            score: 1.0,
            ranks: Ranks::default(),
            scores: Scores::default(),
        };
        Ok(Retrieval { candidates: vec![candidate], confidence: Some(0.5), ..Retrieval::default() })
    }

    fn describe(&self, _: &Candidate) -> Result<Description, retrieve::Error> {
        Ok(Description::default())
    }
}

#[test]
fn only_what_no_concept_is_called_is_looked_for() {
    let retriever = Arc::new(Finding3::default());
    let judge = judge().with_retriever(0, Arc::clone(&retriever) as Arc<dyn Retriever>);
    let told = |id: &str, label: &str, extent| verdict(&judge, id, label, extent);
    assert_eq!(told("HP:0000002", "Large hands", Extent::Whole), "other-concept -> HP:0000003 Large hands (label)");
    assert_eq!(told("HP:0000002", "it hurts", Extent::End), "unknown-label -> HP:0000008 Pain (retrieval)");
    assert_eq!(told("HP:0000008", "it hurts", Extent::End), "fine");
    assert_eq!(told("HP:0000002", "it hurts", Extent::Whole), "unknown-label -> HP:0000008 Pain (retrieval)");
    assert_eq!(retriever.0.load(Ordering::Relaxed), 3);
    let level = |id: &str, extent| match judge.judge(&pair(id, "it hurts", extent)).unwrap() {
        Verdict::Found(finding) => finding.level,
        verdict => panic!("{verdict:?}"),
    };
    // Where the best candidate is the concept itself, the label may do.
    assert_eq!(
        [level("HP:0000002", Extent::Whole), level("HP:0000008", Extent::Whole), level("HP:0000002", Extent::End)],
        [Level::Error, Level::Warning, Level::Warning]
    );
    assert!(judge.judge(&pair("HP:0000002", "fail", Extent::Whole)).is_err());
}

#[test]
fn each_ontology_judges_its_own() {
    let text = "[Term]\nid: MONDO:0000001\nname: Pain\n\n[Term]\nid: MONDO:0000002\nname: Fever\n";
    let other = Ontology::assemble(obo::read(text.as_bytes(), "m").unwrap(), "m", "m").unwrap();
    let judge = Judge::new(vec![ontology(), Arc::new(other)]);
    let told = |id: &str, label: &str| verdict(&judge, id, label, Extent::Whole);
    assert_eq!((told("MONDO:0000001", "Pain"), told("HP:0000008", "Pain")), ("fine".to_owned(), "fine".to_owned()));
    assert_eq!(told("HP:0000002", "Pain"), "other-concept -> HP:0000008 Pain (label)");
    assert_eq!(told("HP:0000002", "Fever"), "other-concept -> MONDO:0000002 Fever (label)");
    assert_eq!(told("MONDO:0000009", "Fever"), "unknown-identifier -> MONDO:0000002 Fever (label)");
}
