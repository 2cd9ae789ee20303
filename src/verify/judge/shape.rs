//! How the identifiers of a prefix are written, learnt from an ontology, and what someone may have meant who wrote them
//! otherwise.

use std::collections::BTreeMap;

use crate::ontology::{Curie, Ontology, catalogue};

/// The local parts of a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// So many digits.
    Digits(usize),
    /// Digits, the first of them no zero.
    Number,
    /// Anything.
    Any,
}

/// The shapes of the prefixes of some ontologies.
#[derive(Debug, Clone, Default)]
pub(super) struct Shapes {
    by_prefix: BTreeMap<String, Shape>,
}

impl Shapes {
    /// Learns them from all identifiers, those that were merged into others too.
    pub(super) fn of<'a>(ontologies: impl IntoIterator<Item = &'a Ontology>) -> Self {
        let mut by_prefix: BTreeMap<String, Shape> = BTreeMap::new();
        for id in ontologies
            .into_iter()
            .flat_map(Ontology::concepts)
            .flat_map(|concept| std::iter::once(&concept.id).chain(&concept.alternative_ids))
        {
            let own = of_local(id.local());
            match by_prefix.get_mut(id.prefix()) {
                Some(shape) => *shape = joined(*shape, own),
                None => {
                    by_prefix.insert(id.prefix().to_owned(), own);
                }
            }
        }
        Self { by_prefix }
    }

    /// Whether an identifier of its prefix can be written so.
    pub(super) fn fits(&self, id: &Curie) -> bool {
        match self.by_prefix.get(id.prefix()) {
            None | Some(Shape::Any) => true,
            Some(&shape) => joined(shape, of_local(id.local())) == shape,
        }
    }

    /// The identifiers that someone may have meant with `text`, which is none: by its letters and its digits, with
    /// zeros before them as they should be. Where it has no letters, one of each prefix.
    pub(super) fn respelled(&self, text: &str) -> Vec<Curie> {
        let text = text.trim_matches(|c: char| !c.is_alphanumeric());
        let letters = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (prefix, rest) = text.split_at(letters);
        let local = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        // The prefix twice is the prefix.
        let local = match local.split_at_checked(prefix.len()) {
            Some((again, rest)) if !prefix.is_empty() && again.eq_ignore_ascii_case(prefix) => {
                rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric())
            }
            _ => local,
        };
        // Letters that look like digits.
        let digits: String = local
            .chars()
            .map(|c| match c {
                'O' | 'o' => '0',
                'l' | 'I' => '1',
                c => c,
            })
            .collect();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Vec::new();
        }
        let prefix = catalogue::find(prefix).filter(|_| !prefix.is_empty()).map_or(prefix, |entry| entry.prefix);
        let is_meant = |own: &str| prefix.is_empty() || own.eq_ignore_ascii_case(prefix);
        let shapes = self.by_prefix.iter().filter(|(own, _)| is_meant(own));
        shapes.filter_map(|(own, &shape)| Curie::parse(&format!("{own}:{}", fitted(&digits, shape)?)).ok()).collect()
    }
}

fn of_local(local: &str) -> Shape {
    match local.as_bytes() {
        bytes if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) => Shape::Any,
        bytes => Shape::Digits(bytes.len()),
    }
}

/// The shape of what has the one or the other. Digits of several lengths are numbers, unless zeros fill them up.
const fn joined(left: Shape, right: Shape) -> Shape {
    match (left, right) {
        (Shape::Digits(left), Shape::Digits(right)) if left == right => Shape::Digits(left),
        (Shape::Digits(_) | Shape::Number, Shape::Digits(_) | Shape::Number) => Shape::Number,
        _ => Shape::Any,
    }
}

/// `digits` with as many zeros before them as the shape asks for.
fn fitted(digits: &str, shape: Shape) -> Option<String> {
    let number = digits.trim_start_matches('0');
    match shape {
        Shape::Digits(length) => (!number.is_empty() && number.len() <= length).then(|| format!("{number:0>length$}")),
        Shape::Number => (!number.is_empty()).then(|| number.to_owned()),
        Shape::Any => Some(digits.to_owned()),
    }
}

/// Whether `written` is a spelling of `id` that whoever reads it expects: the identifier itself, or an address.
pub(super) fn is_usual(written: &str, id: &Curie) -> bool {
    let starts = |start: &str| written.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    let is_orphanet = || id.prefix() == "Orphanet" && written.strip_prefix("ORPHA:") == Some(id.local());
    written == id.as_str()
        || ["http://", "https://", "<http://", "<https://", "obo:"].iter().any(|start| starts(start))
        || is_orphanet()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::{Concept, Draft};

    fn shapes() -> Shapes {
        let ids = ["HP:0000001", "HP:0001250", "HGNC:5", "HGNC:11998", "NCIT:C12345"];
        let concepts = ids.iter().map(|id| (1, Concept::new(Curie::parse(id).unwrap()))).collect();
        Shapes::of([&Ontology::assemble(Draft { concepts, ..Draft::default() }, "x", "x").unwrap()])
    }

    #[test]
    fn an_identifier_fits_the_others_of_its_prefix() {
        let shapes = shapes();
        let fits = |id: &str| shapes.fits(&Curie::parse(id).unwrap());
        for id in ["HP:0009999", "HGNC:123", "NCIT:C1", "NCIT:12", "MP:1"] {
            assert!(fits(id), "{id}");
        }
        for id in ["HP:1250", "HP:00012500", "HP:000125O", "HGNC:A1BG", "HP::0001250"] {
            assert!(!fits(id), "{id}");
        }
    }

    #[test]
    fn what_was_meant_is_told_from_letters_and_digits() {
        let shapes = shapes();
        let meant = |text: &str| shapes.respelled(text).iter().map(Curie::to_string).collect::<Vec<_>>().join(" ");
        for text in ["HP0001250", "hp-1250", "HP:1250", "HP::0001250", "HP:00001250", "hpo 0001250.", "HP:000125O"] {
            assert_eq!(meant(text), "HP:0001250", "{text}");
        }
        assert_eq!(meant("HP HP:0001250"), "HP:0001250");
        assert_eq!(meant("0001250"), "HGNC:1250 HP:0001250 NCIT:0001250");
        for text in ["HP:123456789", "HP", "seizure", "HP:0000000", "", "é"] {
            assert_eq!(meant(text), "", "{text}");
        }
    }

    #[test]
    fn addresses_are_usual_and_other_spellings_are_not() {
        let id = Curie::parse("HP:0001250").unwrap();
        for text in ["HP:0001250", "http://purl.obolibrary.org/obo/HP_0001250", "obo:HP_0001250"] {
            assert!(is_usual(text, &id), "{text}");
        }
        for text in ["hp:0001250", "HP_0001250", "HP: 0001250", "HPO:0001250"] {
            assert!(!is_usual(text, &id), "{text}");
        }
        assert!(is_usual("ORPHA:558", &Curie::parse("ORPHA:558").unwrap()));
    }
}
