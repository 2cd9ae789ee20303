use super::*;
use crate::ontology::{Ontology, Scope};

const NAMES: &[u8] = include_bytes!("../../../tests/fixtures/umls/META/MRCONSO.RRF");
const RANKS: &[u8] = include_bytes!("../../../tests/fixtures/umls/META/MRRANK.RRF");
const TYPES: &[u8] = include_bytes!("../../../tests/fixtures/umls/META/MRSTY.RRF");
const RELATIONS: &[u8] = include_bytes!("../../../tests/fixtures/umls/META/MRREL.RRF");
const DEFINITIONS: &[u8] = include_bytes!("../../../tests/fixtures/umls/META/MRDEF.RRF");
const RETIRED: &[u8] = include_bytes!("../../../tests/fixtures/umls/META/MRCUI.RRF");
const RELEASE: &[u8] = include_bytes!("../../../tests/fixtures/umls/META/release.dat");

fn files<'a>() -> Files<'a> {
    Files {
        ranks: Some(Lines::new("MRRANK.RRF", RANKS)),
        types: Some(Lines::new("MRSTY.RRF", TYPES)),
        relations: Some(Lines::new("MRREL.RRF", RELATIONS)),
        definitions: Some(Lines::new("MRDEF.RRF", DEFINITIONS)),
        retired: Some(Lines::new("MRCUI.RRF", RETIRED)),
        release: Some(Lines::new("release.dat", RELEASE)),
        ..Files::of_names("META", Lines::new("MRCONSO.RRF", NAMES))
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn of(languages: &str, vocabularies: &str, semantic_types: &str) -> Options {
    Options { languages: words(languages), vocabularies: words(vocabularies), semantic_types: words(semantic_types) }
}

/// What a reader makes of `MRCONSO.RRF` with these lines alone.
fn alone(text: &str) -> Result<Draft, Error> {
    read(Files::of_names("META", Lines::new("MRCONSO.RRF", text.as_bytes())), &Options::default())
}

fn concept<'d>(draft: &'d Draft, id: &str) -> &'d Concept {
    let found = draft.concepts.iter().find(|(_, concept)| concept.id.as_str() == id);
    &found.unwrap_or_else(|| panic!("there is no `{id}`")).1
}

fn messages(draft: &Draft) -> Vec<&str> {
    draft.oddities.iter().map(|oddity| oddity.message.as_str()).collect()
}

fn names(concept: &Concept) -> Vec<(&str, Scope, Option<&str>, &str)> {
    let names = concept.names.iter();
    names
        .map(|name| (name.text.as_str(), name.scope, name.kind.as_deref(), name.language.as_deref().unwrap()))
        .collect()
}

#[test]
fn a_release_is_read_whole() {
    let draft = read(files(), &Options::default()).unwrap();
    assert_eq!((draft.name.as_deref(), draft.version.as_deref()), (Some("umls"), Some("2024AA")));
    let suppressible = "MRCONSO.RRF:9: `A90000008` is suppressible; left out (and so in 3 more rows)";
    assert_eq!(messages(&draft), [suppressible]);
    let ache = concept(&draft, "UMLS:C9000001");
    let exact = |text, kind, language| (text, Scope::Exact, kind, language);
    assert_eq!(
        names(ache),
        [
            exact("lžičkové píchání", None, "cs"),
            ("Teaspoon Ache", Scope::Label, None, "en"),
            exact("Teaspoon ache", None, "en"),
            exact("Teaspoon ache (disorder)", Some("fsn"), "en"),
            exact("Ache of the teaspoon", None, "en"),
            exact("TSA", Some("abbreviation"), "en"),
            exact("sore spoon", Some("layperson"), "en"),
            exact("Mal de la petite cuillère", None, "fr"),
        ]
    );
    assert_eq!(ache.xrefs, ["HP:9000001", "MESH:D900001", "NCIT:C900001", "SNOMEDCT_US:900000001"]);
    assert_eq!(ache.subsets, ["T047", "T184"]);
    assert_eq!(ache.definition.as_deref(), Some("An ache that is felt after a teaspoon was left in the cup."));
    assert_eq!(ache.alternative_ids, [Curie::parse("UMLS:C9000091").unwrap()]);
    let fork = concept(&draft, "UMLS:C9000003");
    assert_eq!((fork.label(), fork.definition.as_deref()), ("Fork, hereditary bent", None));
    assert_eq!(fork.xrefs, ["OMIM:999901", "Orphanet:999902"]);
}

#[test]
fn what_the_second_concept_is_to_the_first_makes_it_the_parent() {
    let draft = read(files(), &Options::default()).unwrap();
    let complaint = [Curie::parse("UMLS:C9000002").unwrap()];
    for child in ["UMLS:C9000001", "UMLS:C9000003"] {
        assert_eq!(concept(&draft, child).parents, complaint);
    }
    for root in ["UMLS:C9000002", "UMLS:C9000004"] {
        assert_eq!(concept(&draft, root).parents, []);
    }
}

#[test]
fn retired_identifiers_say_where_to_go() {
    let draft = read(files(), &Options::default()).unwrap();
    let related = concept(&draft, "UMLS:C9000092").retirement.as_ref().unwrap();
    let ids: Vec<_> = related.consider.iter().map(Curie::as_str).collect();
    assert_eq!((ids, related.replaced_by.len()), (vec!["UMLS:C9000002", "UMLS:C9000003"], 0));
    assert_eq!(concept(&draft, "UMLS:C9000093").retirement, Some(crate::ontology::Retirement::default()));
    // Of a part of the release, the rest is not known to be gone.
    let draft = read(files(), &of("", "", "T184")).unwrap();
    assert_eq!(draft.concepts.len(), 1);
    assert_eq!(draft.concepts[0].1.alternative_ids.len(), 1);
}

#[test]
fn labels_follow_the_language_and_the_vocabulary_that_are_asked_for() {
    let label = |options: &Options| concept(&read(files(), options).unwrap(), "UMLS:C9000001").label().to_owned();
    assert_eq!(label(&of("fr en", "", "")), "Mal de la petite cuillère");
    assert_eq!(label(&of("en-gb", "", "")), "Teaspoon Ache");
    assert_eq!(label(&of("cs", "", "")), "lžičkové píchání");
    assert_eq!(label(&of("", "snomedct_us MSH", "")), "Teaspoon ache");
    assert_eq!(label(&of("", "HPO CHV", "")), "Ache of the teaspoon");
}

#[test]
fn only_what_is_asked_for_is_kept() {
    let ids = |options: &Options| -> Vec<String> {
        let concepts = read(files(), options).unwrap().concepts;
        let live = concepts.iter().filter(|(_, concept)| !concept.is_retired());
        live.map(|(_, concept)| concept.id.local().to_owned()).collect()
    };
    assert_eq!(ids(&of("", "", "T047 T073")), ["C9000001", "C9000002", "C9000003", "C9000004"]);
    assert_eq!(ids(&of("", "", "T073")), ["C9000004"]);
    assert_eq!(ids(&of("fr", "", "")), ["C9000001"]);
    assert_eq!(ids(&of("", "OMIM MSH", "T047")), ["C9000001", "C9000003"]);
    // The parents are those of these vocabularies, too, and a foreign definition is none.
    let draft = read(files(), &of("", "MTH OMIM", "")).unwrap();
    assert_eq!(concept(&draft, "UMLS:C9000003").parents, []);
    let draft = read(files(), &of("cs", "", "")).unwrap();
    let definition = concept(&draft, "UMLS:C9000001").definition.as_deref();
    assert_eq!(definition, Some("Bolest, která se objeví po lžičce."));
}

#[test]
fn asking_for_what_is_not_there_is_an_error_that_says_so() {
    let error = |options: &Options| read(files(), options).unwrap_err().to_string();
    assert_eq!(error(&of("fi", "", "")), "`META` holds no concept in the language `fi`");
    assert_eq!(error(&of("", "XYZ ABC", "")), "`META` holds no concept with a name of the vocabulary `XYZ` or `ABC`");
    assert_eq!(error(&of("", "", "T999")), "`META` holds no concept of the semantic type `T999`");
    let without = Files { types: None, ..files() };
    let error = read(without, &of("", "", "T047")).unwrap_err().to_string();
    assert_eq!(error, "`META` has no MRSTY.RRF, which says semantic types");
}

#[test]
fn names_alone_are_enough_and_what_is_missing_is_said() {
    let draft = alone(std::str::from_utf8(NAMES).unwrap()).unwrap();
    assert_eq!(draft.concepts.len(), 4);
    assert_eq!(
        messages(&draft)[..2],
        ["MRSTY.RRF is not there; concepts have no semantic types", "MRREL.RRF is not there; concepts have no parents"]
    );
    assert_eq!(concept(&draft, "UMLS:C9000001").label(), "Teaspoon Ache");
}

const ROW: &str = "C0000001|ENG|P|L1|PF|S1|Y|A1||||X|PT|1|one|0|N||";

#[test]
fn rows_that_are_none_are_counted_with_the_first_place() {
    let text = [
        ROW,
        "C0000001|ENG|P|L1|PF",
        "",
        "C1|ENG|P|L1|PF|S1|Y|A1||||X|PT|1|one|0|N||",
        &ROW.replace("|X|PT|1|one|", "|X|PT|a b|two|"),
        &ROW.replace("|one|", "| |"),
        &format!("{ROW}more"),
    ]
    .join("\r\n");
    let draft = alone(&text).unwrap();
    assert_eq!(names(&draft.concepts[0].1).len(), 2);
    assert_eq!(
        messages(&draft)[2..],
        [
            "MRCONSO.RRF:6: `A1` has no name; row passed over",
            "MRCONSO.RRF:2: `C0000001|ENG|P|L1|PF` has not the fields of this file; row passed over (and so in 1 more row)",
            "MRCONSO.RRF:5: `a b` is no code that an identifier can hold; no cross-reference made",
            "MRCONSO.RRF:4: `C1` is no concept identifier; row passed over",
        ]
    );
}

#[test]
fn a_file_without_any_row_is_an_error_with_its_place() {
    let error = alone("\nid|name|\nX|one|\n").unwrap_err();
    assert_eq!(error.to_string(), "MRCONSO.RRF:2: this is no row of MRCONSO.RRF, nor is any below");
    assert!(matches!(alone(""), Err(Error::Empty { .. })));
    assert!(matches!(alone(&ROW.replace("|N|", "|O|")), Err(Error::Empty { .. })));
}

#[test]
fn a_line_in_another_encoding_is_read_and_said() {
    let bytes = [ROW.as_bytes(), b"\nC0000002|ENG|P|L1|PF|S1|Y|A1||||X|PT|1|S\xE9zary|0|N||\n"].concat();
    let draft = read(Files::of_names("x", Lines::new("MRCONSO.RRF", bytes.as_slice())), &Options::default()).unwrap();
    assert_eq!(draft.concepts[1].1.label(), "Sézary");
    assert_eq!(messages(&draft)[2], "MRCONSO.RRF:2: the line is not UTF-8; read as Windows-1252");
}

#[test]
fn rows_of_a_concept_that_do_not_stand_together_are_joined() {
    let text = [
        &ROW.replace("|P|L1|PF|", "|S|L1|VO|").replace("one", "uno"),
        &ROW.replace("C0000001", "C0000002"),
        ROW,
        &ROW.replace("C0000001", "C0000002").replace("|1|one", "|2|one"),
    ]
    .join("\n");
    let draft = alone(&text).unwrap();
    let first = &draft.concepts[0].1;
    assert_eq!(names(first), [("one", Scope::Label, None, "en"), ("uno", Scope::Exact, None, "en")]);
    let second = &draft.concepts[1].1;
    assert_eq!((names(second).len(), second.xrefs.as_slice()), (1, ["X:1".to_owned(), "X:2".to_owned()].as_slice()));
    let message =
        "MRCONSO.RRF:3: `C0000001` stands above already, with other concepts between; joined (and so in 1 more row)";
    assert_eq!(messages(&draft)[2], message);
}

#[test]
fn parents_that_lead_round_in_a_circle_lose_an_edge() {
    let row = |first: &str, second: &str| {
        let fields = [first, "", "", "PAR", second, "", "", "", "", "", "", "", "", "", "N", ""];
        fields.join("|") + "|\n"
    };
    let text = [row("C9000001", "C9000002"), row("C9000002", "C9000003"), row("C9000003", "C9000001")].concat();
    let circle = Files { relations: Some(Lines::new("MRREL.RRF", text.as_bytes())), ..files() };
    let ontology = Ontology::assemble(read(circle, &Options::default()).unwrap(), "umls", "META").unwrap();
    let edges: usize = ontology.concepts().iter().map(|concept| concept.parents.len()).sum();
    assert_eq!(edges, 2);
    assert!(ontology.oddities().iter().any(|oddity| oddity.message.contains("closes a cycle")));
}

#[test]
fn a_release_whose_name_is_not_said_has_none() {
    for text in
        ["", "umls.release.date=20240506\n", "umls.release.name=\n", &format!("umls.release.name={}", "x".repeat(99))]
    {
        let unnamed = Files { release: Some(Lines::new("release.dat", text.as_bytes())), ..files() };
        assert_eq!(read(unnamed, &Options::default()).unwrap().version, None);
    }
}
