use super::*;
use crate::ontology::Name;

const CONCEPTS: &str =
    include_str!("../../../tests/fixtures/snomed/Snapshot/Terminology/sct2_Concept_Snapshot_INT_20240701.txt");
const ENGLISH: &str =
    include_str!("../../../tests/fixtures/snomed/Snapshot/Terminology/sct2_Description_Snapshot-en_INT_20240701.txt");
const SPANISH: &str =
    include_str!("../../../tests/fixtures/snomed/Snapshot/Terminology/sct2_Description_Snapshot-es_INT_20240701.txt");
const DEFINITIONS: &str = include_str!(
    "../../../tests/fixtures/snomed/Snapshot/Terminology/sct2_TextDefinition_Snapshot-en_INT_20240701.txt"
);
const RELATIONSHIPS: &str =
    include_str!("../../../tests/fixtures/snomed/Snapshot/Terminology/sct2_Relationship_Snapshot_INT_20240701.txt");
const LANGUAGE_EN: &str = include_str!(
    "../../../tests/fixtures/snomed/Snapshot/Refset/Language/der2_cRefset_LanguageSnapshot-en_INT_20240701.txt"
);
const LANGUAGE_ES: &str = include_str!(
    "../../../tests/fixtures/snomed/Snapshot/Refset/Language/der2_cRefset_LanguageSnapshot-es_INT_20240701.txt"
);
const ASSOCIATIONS: &str = include_str!(
    "../../../tests/fixtures/snomed/Snapshot/Refset/Content/der2_cRefset_AssociationSnapshot_INT_20240701.txt"
);

fn lines<'a>(name: &str, texts: &[&'a str]) -> Vec<Lines<'a>> {
    texts.iter().map(|text| Lines::new(name, text.as_bytes())).collect()
}

fn files<'a>() -> Files<'a> {
    Files {
        place: "Snapshot".to_owned(),
        version: Some("2024-07-01".to_owned()),
        concepts: lines("concepts", &[CONCEPTS]),
        descriptions: lines("descriptions", &[ENGLISH, SPANISH]),
        definitions: lines("definitions", &[DEFINITIONS]),
        languages: lines("languages", &[LANGUAGE_EN, LANGUAGE_ES]),
        relationships: lines("relationships", &[RELATIONSHIPS]),
        associations: lines("associations", &[ASSOCIATIONS]),
    }
}

fn in_languages(languages: &[&str]) -> Options {
    Options { languages: languages.iter().map(|language| (*language).to_owned()).collect() }
}

const ACHE: &str = "SNOMEDCT:999000003002";

fn concept(draft: &Draft, id: &str) -> Concept {
    let found = draft.concepts.iter().find(|(_, concept)| concept.id.as_str() == id);
    found.unwrap_or_else(|| panic!("there is no `{id}`")).1.clone()
}

fn texts(names: &[Name]) -> Vec<(&str, Option<&str>, &str)> {
    names.iter().map(|name| (name.text.as_str(), name.kind.as_deref(), name.language.as_deref().unwrap())).collect()
}

fn ids(ids: &[Curie]) -> Vec<&str> {
    ids.iter().map(Curie::local).collect()
}

#[test]
fn a_snapshot_is_read_whole() {
    let draft = read(files(), &Options::default()).unwrap();
    assert_eq!((draft.name.as_deref(), draft.version.as_deref()), (Some("snomedct"), Some("2024-07-01")));
    assert_eq!((draft.concepts.len(), draft.oddities.as_slice()), (6, [].as_slice()));
    let ache = concept(&draft, ACHE);
    assert_eq!(
        texts(&ache.names),
        [
            ("Ache of gray spoon", None, "en"),
            ("Ache of gray spoon (disorder)", Some("fsn"), "en"),
            ("Ache of grey spoon", None, "en"),
            ("\"Quoted\" spoon ache", None, "en"),
            ("dolor de cuchara gris (trastorno)", Some("fsn"), "es"),
            ("dolor de cuchara gris", None, "es"),
        ]
    );
    assert_eq!(ache.names[0].scope, Scope::Label);
    assert_eq!((ache.namespace.as_deref(), ids(&ache.parents)), (Some("disorder"), vec!["999000002001"]));
    assert_eq!(ache.definition.as_deref(), Some("An ache that only spoons without lustre give."));
    assert_eq!(concept(&draft, "SNOMEDCT:999000002001").label(), "Complaint of spoon");
}

#[test]
fn the_label_follows_dialect_and_language() {
    let label =
        |languages: &[&str]| concept(&read(files(), &in_languages(languages)).unwrap(), ACHE).label().to_owned();
    assert_eq!(label(&["en"]), "Ache of gray spoon");
    assert_eq!(label(&["en-us"]), "Ache of gray spoon");
    assert_eq!(label(&["en_GB"]), "Ache of grey spoon");
    assert_eq!(label(&["es", "en"]), "dolor de cuchara gris");
}

#[test]
fn only_names_of_the_languages_asked_for_are_kept() {
    let draft = read(files(), &in_languages(&["es"])).unwrap();
    assert_eq!(draft.concepts.len(), 1);
    assert_eq!(concept(&draft, ACHE).names.len(), 2);
    let messages: Vec<_> = draft.oddities.iter().map(|oddity| oddity.message.as_str()).collect();
    let left_out = "5 concepts have no name in a wanted language (the first is `SNOMEDCT:999000001000`); left out";
    assert_eq!(messages, [left_out]);
    let error = read(files(), &in_languages(&["sv", "fr"])).unwrap_err();
    assert_eq!(error.to_string(), "`Snapshot` holds no concept with a name in the language `sv` or `fr`");
}

#[test]
fn inactive_concepts_say_where_to_go() {
    let draft = read(files(), &Options::default()).unwrap();
    let old = concept(&draft, "SNOMEDCT:999000004003");
    assert_eq!(old.label(), "Old spoon ache");
    assert_eq!(ids(&old.retirement.unwrap().replaced_by), ["999000003002"]);
    let doubtful = concept(&draft, "SNOMEDCT:999000005004").retirement.unwrap();
    assert_eq!((ids(&doubtful.replaced_by), ids(&doubtful.consider)), (vec![], vec!["999000002001", "999000006005"]));
}

#[test]
fn concepts_and_descriptions_are_needed_and_what_else_is_missing_is_said() {
    let bare = Files { definitions: vec![], languages: vec![], relationships: vec![], associations: vec![], ..files() };
    let draft = read(bare, &Options::default()).unwrap();
    assert_eq!(draft.oddities.len(), 3);
    assert_eq!(concept(&draft, ACHE).label(), "Ache of grey spoon");
    let error = |files| read(files, &Options::default()).unwrap_err().to_string();
    let no_concepts = Files { concepts: vec![], ..files() };
    assert_eq!(error(no_concepts), "`Snapshot` has no sct2_Concept_Snapshot file");
    let no_descriptions = Files { descriptions: vec![], ..files() };
    assert_eq!(error(no_descriptions), "`Snapshot` has no sct2_Description_Snapshot file");
}

#[test]
fn a_missing_column_and_an_empty_file_are_errors_with_their_place() {
    let error = |text: &str| {
        let text = text.to_owned();
        let files = Files { descriptions: lines("d.txt", &[&text]), ..files() };
        read(files, &Options::default()).unwrap_err().to_string()
    };
    assert_eq!(error(&ENGLISH.replacen("\tterm", "\ttext", 1)), "d.txt:1: no column `term`");
    assert_eq!(error(""), "d.txt:1: the file is empty");
    let none = CONCEPTS.lines().next().unwrap();
    let files = Files { concepts: lines("c.txt", &[none]), ..files() };
    assert!(matches!(read(files, &Options::default()), Err(Error::Empty { .. })));
}

#[test]
fn rows_that_do_not_fit_are_counted_with_the_first_place() {
    let concepts = format!("{CONCEPTS}999\t20240701\t1\t1\t1\nshort\n\n");
    let unknown = RELATIONSHIPS.replace("999000002001", "999000099001");
    let odd = Files { concepts: lines("c.txt", &[&concepts]), relationships: lines("r.txt", &[&unknown]), ..files() };
    let draft = read(odd, &Options::default()).unwrap();
    let messages: Vec<_> = draft.oddities.iter().map(|oddity| oddity.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "c.txt:9: `short` has fewer cells than the header; row passed over",
            "r.txt:2: `999000099001` is no concept of the release; row passed over (and so in 1 more row)",
            "c.txt:8: `999` is no identifier of a concept; row passed over",
        ]
    );
}

#[test]
fn an_extension_may_retire_a_concept_of_the_edition() {
    let header = CONCEPTS.lines().next().unwrap();
    let later = format!("{header}\n999000003002\t20240901\t0\t1\t1\n999000006005\t20200101\t0\t1\t1\n");
    let extended = Files { concepts: lines("c", &[CONCEPTS, &later]), ..files() };
    let draft = read(extended, &Options::default()).unwrap();
    assert!(concept(&draft, ACHE).is_retired());
    assert!(!concept(&draft, "SNOMEDCT:999000006005").is_retired());
}
