use super::*;
use crate::ontology::{Resolution, obo};
use crate::text;

const ONTOLOGY: &str = "\
[Term]
id: X:1
name: Limb
namespace: body

[Term]
id: X:2
name: Hand
namespace: body
synonym: \"Hands\" EXACT plural_form []
synonym: \"Manus\" RELATED []
alt_id: X:9
is_a: X:1

[Term]
id: X:3
name: hand-
namespace: sign

[Term]
id: X:4
name: obsolete Paw
is_obsolete: true
replaced_by: X:2
";

fn names(selection: &Selection) -> (tempfile::TempDir, Names) {
    let folder = tempfile::tempdir().unwrap();
    let ontology = Ontology::assemble(obo::read(ONTOLOGY.as_bytes(), "x.obo").unwrap(), "x", "x.obo").unwrap();
    let names = Names::write(&ontology, selection, folder.path()).unwrap();
    (folder, names)
}

fn curie(text: &str) -> Curie {
    Curie::parse(text).unwrap()
}

#[test]
fn names_of_one_normal_form_share_a_form() {
    let (_folder, names) = names(&Selection::default());
    assert_eq!((names.concepts(), names.names(), names.forms()), (3, 5, 4));
    let form = names.form_of("hand").unwrap();
    let owners: Vec<&str> = names.names_of_form(form).iter().map(|&name| names.id(names.concept_of(name))).collect();
    assert_eq!(owners, ["X:2", "X:3"]);
    assert_eq!(names.forms_of_key(&text::key("hands")).count(), 2);
    assert_eq!(names.form_of("paw"), None);
}

#[test]
fn a_name_keeps_its_text_scope_and_kind() {
    let (_folder, names) = names(&Selection::default());
    let form = names.form_of("hands").unwrap();
    let &[name] = names.names_of_form(form) else { panic!("one name") };
    assert_eq!((names.text(name), names.scope(name), names.kind(name)), ("Hands", Scope::Exact, Some("plural_form")));
}

#[test]
fn excluded_names_go_by_text_without_case_and_not_by_normal_form() {
    let mut selection = Selection::default();
    selection.exclude(curie("X:2"), " HANDS ");
    let (_folder, names) = names(&selection);
    assert_eq!(names.form_of("hands"), None);
    assert!(names.form_of("hand").is_some());
    assert_eq!(names.label(1), "Hand");
}

#[test]
fn a_subset_holds_what_is_below_the_root_and_in_the_namespace() {
    let (_folder, names) = names(&Selection::default());
    let below = names.subset(Part { under: Some(&curie("X:2")), ..Part::default() }).unwrap();
    assert_eq!(below.concepts(), 1);
    assert!(below.has_form(names.form_of("manus").unwrap()) && !below.has_form(names.form_of("limb").unwrap()));
    assert_eq!(names.subset(Part { namespace: Some("sign"), ..Part::default() }).unwrap().concepts(), 1);
    assert!(matches!(
        names.subset(Part { under: Some(&curie("X:4")), ..Part::default() }),
        Err(Error::UnknownConcept { .. })
    ));
    assert!(matches!(
        names.subset(Part { namespace: Some("soul"), ..Part::default() }),
        Err(Error::UnknownNamespace { .. })
    ));
    let of_mice = names.subset(Part { namespace: Some("NCBITaxon:10090"), ..Part::default() }).unwrap_err();
    let message = "no gene is of the species mouse (NCBITaxon:10090) (no concept here says of which species it is)";
    assert_eq!(of_mice.to_string(), message);
}

#[test]
fn prefixes_are_told_each_once() {
    let of = |ids: &[&str]| {
        let stanzas: Vec<String> = ids.iter().map(|id| format!("[Term]\nid: {id}\nname: n\n")).collect();
        let text = stanzas.join("\n");
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let names = Names::write(&ontology, &Selection::default(), folder.path()).unwrap();
        names.prefixes().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of(&["X:1"]), ["X"]);
    assert_eq!(of(&["X:1", "X:2", "XA:1", "X-Y:1", "GO:1", "GO:9", "zz:1"]), ["GO", "X-Y", "X", "XA", "zz"]);
}

#[test]
fn a_concept_knows_how_many_are_below_it() {
    let (_folder, names) = names(&Selection::default());
    assert_eq!((names.below(0), names.below(1)), (1, 0));
}

#[test]
fn only_what_is_under_the_selected_concept_is_indexed() {
    let (_folder, names) = names(&Selection { under: Some(curie("X:2")), ..Selection::default() });
    assert_eq!((names.concepts(), names.id(0)), (1, "X:2"));
}

#[test]
fn the_ontology_comes_back_whole_whatever_is_indexed() {
    let mut selection = Selection { under: Some(curie("X:2")), ..Selection::default() };
    selection.exclude(curie("X:2"), "hands");
    let (_folder, names) = names(&selection);
    let ontology = names.ontology("x", Some("1.0")).unwrap();
    let draft = obo::read(ONTOLOGY.as_bytes(), "x.obo").unwrap();
    assert_eq!(ontology.concepts(), Ontology::assemble(draft, "x", "x.obo").unwrap().concepts());
    assert_eq!((ontology.name(), ontology.version()), ("x", Some("1.0")));
    assert!(matches!(ontology.resolve(&curie("X:9")), Resolution::Merged(concept) if concept.label() == "Hand"));
}

#[test]
fn retired_and_merged_identifiers_are_found_and_say_where_to_go() {
    let (_folder, names) = names(&Selection::default());
    assert!(matches!(names.find(&curie("X:9")).unwrap(), Some(Found::Merged(concept)) if concept.id.as_str() == "X:2"));
    let Some(Found::Retired(concept)) = names.find(&curie("X:4")).unwrap() else { panic!("retired") };
    assert_eq!(concept.retirement.unwrap().replaced_by, [curie("X:2")]);
    assert_eq!(names.find(&curie("X:77")).unwrap(), None);
}
