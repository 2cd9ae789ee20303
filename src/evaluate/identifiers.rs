//! What an identifier leads to in the ontology of the index, and how two concepts are related.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::ontology::{self, Curie, Draft, Ontology, Resolution, Succession};

/// The identifiers of an ontology.
///
/// Where a vocabulary is a nomenclature, as HGNC is, its labels are symbols, and people and models answer with these: a
/// symbol of one concept, in any case, is taken for its identifier, and its former symbol for one that was replaced.
/// Elsewhere a label is no identifier.
#[derive(Debug, Clone)]
pub struct Identifiers {
    ontology: Arc<Ontology>,
    /// By symbol in lower case, in a nomenclature; `None` where several concepts have it.
    by_symbol: HashMap<String, Option<Curie>>,
    /// The same of symbols that were labels once.
    by_former_symbol: HashMap<String, Option<Curie>>,
    prefixes: HashSet<String>,
    ontologies: usize,
}

/// What a text that should be an identifier is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The identifier of a live concept, in its preferred spelling, or its symbol in a nomenclature.
    Live(Curie),
    /// Retired, merged, or a former symbol; the live concept it leads to, where there is exactly one.
    Obsolete(Option<Curie>),
    /// Well formed, and of no concept.
    Unknown,
    /// No identifier.
    Malformed,
}

/// How a concept is related to a gold one; the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// Right above it.
    Parent,
    /// Right below it.
    Child,
    /// Another child of one of its parents.
    Sibling,
    /// None of these.
    Unrelated,
}

/// The kind of a synonym that was a gene's symbol once.
const FORMER: &str = "prev_symbol";

/// The share of labels without white space from which on they are symbols.
const SYMBOLS: f64 = 0.9;

/// The prefixes of concepts whose labels are symbols: an index may hold several vocabularies.
fn nomenclatures(ontology: &Ontology) -> HashSet<&str> {
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
    for concept in ontology.live() {
        let (labels, symbols) = counts.entry(concept.id.prefix()).or_default();
        *labels += 1;
        *symbols += usize::from(!concept.label().contains(char::is_whitespace));
    }
    let are_symbols = |(labels, symbols): &(usize, usize)| *symbols as f64 >= SYMBOLS * *labels as f64;
    counts.into_iter().filter(|(_, count)| are_symbols(count)).map(|(prefix, _)| prefix).collect()
}

fn note(symbols: &mut HashMap<String, Option<Curie>>, symbol: &str, id: &Curie) {
    let known = symbols.entry(symbol.to_lowercase()).or_insert_with(|| Some(id.clone()));
    if known.as_ref() != Some(id) {
        *known = None;
    }
}

impl Identifiers {
    /// Those of `ontology`.
    pub fn new(ontology: Arc<Ontology>) -> Self {
        let prefixes = ontology.concepts().iter().map(|concept| concept.id.prefix().to_owned()).collect();
        let nomenclatures = nomenclatures(&ontology);
        let mut by_symbol = HashMap::new();
        let mut by_former_symbol = HashMap::new();
        for concept in ontology.live().filter(|concept| nomenclatures.contains(concept.id.prefix())) {
            note(&mut by_symbol, concept.label(), &concept.id);
            for name in concept.synonyms().filter(|name| name.kind.as_deref() == Some(FORMER)) {
                note(&mut by_former_symbol, &name.text, &concept.id);
            }
        }
        Self { ontology, by_symbol, by_former_symbol, prefixes, ontologies: 1 }
    }

    /// Those of several ontologies that are asked as one, `name` for all of them.
    ///
    /// # Errors
    /// Where they have no concept.
    pub fn of_several(ontologies: Vec<Ontology>, name: &str) -> Result<Self, ontology::Error> {
        let count = ontologies.len();
        let concepts = ontologies.iter().flat_map(Ontology::concepts).cloned();
        let draft = Draft { concepts: (1..).zip(concepts).collect(), ..Draft::default() };
        drop(ontologies);
        Ok(Self { ontologies: count, ..Self::new(Arc::new(Ontology::assemble(draft, name, name)?)) })
    }

    /// Whether they are of several ontologies.
    pub const fn are_of_several(&self) -> bool {
        self.ontologies > 1
    }

    /// The ontology.
    pub const fn ontology(&self) -> &Arc<Ontology> {
        &self.ontology
    }

    /// Whether some labels are symbols, and so identifiers.
    pub fn is_nomenclature(&self) -> bool {
        !self.by_symbol.is_empty()
    }

    /// Whether some concept's identifier has this prefix.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.prefixes.contains(prefix)
    }

    /// What `text` is.
    pub fn standing(&self, text: &str) -> Standing {
        let text = text.trim();
        let Ok(id) = Curie::parse(text) else {
            return self.standing_of_symbol(text).unwrap_or(Standing::Malformed);
        };
        match self.ontology.resolve(&id) {
            Resolution::Live(concept) => Standing::Live(concept.id.clone()),
            Resolution::Merged(_) | Resolution::Retired(_) => Standing::Obsolete(self.current(&id)),
            Resolution::Unknown => self.standing_of_symbol(text).unwrap_or(Standing::Unknown),
        }
    }

    fn standing_of_symbol(&self, text: &str) -> Option<Standing> {
        let symbol = text.to_lowercase();
        let one = |symbols: &HashMap<String, Option<Curie>>| symbols.get(&symbol).cloned().flatten();
        match one(&self.by_symbol) {
            Some(id) => Some(Standing::Live(id)),
            None => one(&self.by_former_symbol).map(|id| Standing::Obsolete(Some(id))),
        }
    }

    /// The live concept that `id` leads to, through merges and replacements; `None` where that is none or several.
    pub fn current(&self, id: &Curie) -> Option<Curie> {
        match self.ontology.succession(id) {
            Succession::Live(concept) | Succession::Replaced(concept) => Some(concept.id.clone()),
            _ => None,
        }
    }

    /// How `id` is related to `gold`.
    pub fn relation(&self, id: &Curie, gold: &Curie) -> Relation {
        let parents = |id: &Curie| self.ontology.get(id).map_or(&[][..], |concept| concept.parents.as_slice());
        if parents(gold).contains(id) {
            Relation::Parent
        } else if parents(id).contains(gold) {
            Relation::Child
        } else if parents(id).iter().any(|parent| parents(gold).contains(parent)) {
            Relation::Sibling
        } else {
            Relation::Unrelated
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::{Name, Scope, obo};

    fn of(draft: Draft) -> Identifiers {
        Identifiers::new(Arc::new(Ontology::assemble(draft, "x", "x").unwrap()))
    }

    fn limbs() -> Identifiers {
        let text = "\
[Term]\nid: X:1\nname: limb\nalt_id: X:10\n\n[Term]\nid: X:2\nname: the hand\nis_a: X:1\n\n\
[Term]\nid: X:3\nname: foot\nis_a: X:1\n\n[Term]\nid: X:4\nname: nose\n\n\
[Term]\nid: X:5\nname: obsolete paw\nis_obsolete: true\nreplaced_by: X:6\n\n\
[Term]\nid: X:6\nname: obsolete fist\nis_obsolete: true\nreplaced_by: X:2\n\n\
[Term]\nid: X:7\nname: obsolete ring\nis_obsolete: true\nreplaced_by: X:8\n\n\
[Term]\nid: X:8\nname: obsolete loop\nis_obsolete: true\nreplaced_by: X:7\n";
        of(obo::read(text.as_bytes(), "x").unwrap())
    }

    fn id(text: &str) -> Curie {
        Curie::parse(text).unwrap()
    }

    #[test]
    fn an_identifier_is_followed_through_merges_and_replacements_and_never_in_a_circle() {
        let limbs = limbs();
        for (from, to) in
            [("X:1", Some("X:1")), ("X:10", Some("X:1")), ("X:5", Some("X:2")), ("X:7", None), ("X:9", None)]
        {
            assert_eq!(limbs.current(&id(from)), to.map(id), "{from}");
        }
    }

    #[test]
    fn a_text_is_live_obsolete_unknown_or_no_identifier() {
        let limbs = limbs();
        assert_eq!(limbs.standing(" X:2 "), Standing::Live(id("X:2")));
        assert_eq!(limbs.standing("X:10"), Standing::Obsolete(Some(id("X:1"))));
        assert_eq!(limbs.standing("X:7"), Standing::Obsolete(None));
        assert_eq!(limbs.standing("X:99"), Standing::Unknown);
        // A label is no identifier, so that who repeats a term has not answered.
        assert_eq!([limbs.standing("no idea"), limbs.standing("the hand")], [const { Standing::Malformed }; 2]);
        assert!(limbs.has_prefix("X") && !limbs.has_prefix("HP"));
    }

    #[test]
    fn several_ontologies_are_looked_up_as_one() {
        let of =
            |text: &str, name: &str| Ontology::assemble(obo::read(text.as_bytes(), name).unwrap(), name, name).unwrap();
        let one = of("[Term]\nid: X:1\nname: limb\n", "x");
        let other = of("[Term]\nid: Y:1\nname: limb\n", "y");
        let both = Identifiers::of_several(vec![one, other], "x|y").unwrap();
        assert_eq!([both.standing("X:1"), both.standing("Y:1")], ["X:1", "Y:1"].map(|text| Standing::Live(id(text))));
        assert!(both.are_of_several() && !limbs().are_of_several());
    }

    #[test]
    fn a_symbol_is_an_identifier_and_a_former_one_is_obsolete() {
        let name =
            |text: &str, scope, kind: Option<&str>| Name { kind: kind.map(Into::into), ..Name::new(text, scope) };
        let gene = |at: usize, symbol: &str, former: &str| {
            let names = vec![name(symbol, Scope::Label, None), name(former, Scope::Exact, Some("prev_symbol"))];
            (at, crate::ontology::Concept { names, ..crate::ontology::Concept::new(id(&format!("G:{at}"))) })
        };
        let concepts = vec![
            gene(1, "AB1", "OLD"),
            gene(2, "AB2", "BOTH"),
            gene(3, "AB3", "BOTH"),
            gene(4, "TWO", "AB1"),
            gene(5, "TWO", "X"),
        ];
        let genes = of(Draft { concepts, ..Draft::default() });
        assert_eq!(genes.standing("AB1"), Standing::Live(id("G:1")));
        assert_eq!(genes.standing("OLD"), Standing::Obsolete(Some(id("G:1"))));
        assert_eq!(genes.standing("ab1"), Standing::Live(id("G:1")));
        assert_eq!([genes.standing("BOTH"), genes.standing("TWO")], [const { Standing::Malformed }; 2]);
        assert!(genes.is_nomenclature());
    }

    #[test]
    fn concepts_are_related_by_their_parents() {
        let limbs = limbs();
        let of = |left: &str, right: &str| limbs.relation(&id(left), &id(right));
        assert_eq!(of("X:1", "X:2"), Relation::Parent);
        assert_eq!(of("X:2", "X:1"), Relation::Child);
        assert_eq!(of("X:2", "X:3"), Relation::Sibling);
        assert_eq!(of("X:4", "X:2"), Relation::Unrelated);
    }
}
