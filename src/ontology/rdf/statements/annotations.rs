//! Nodes that annotate a statement (`owl:Axiom`): what type a synonym has, before or after the synonym itself.

use std::collections::HashMap;

use super::super::vocabulary::{self, Naming, Property};
use super::super::{Node, Object};
use super::Text;
use crate::ontology::Scope;

/// The annotations that are not whole yet.
#[derive(Default)]
pub(super) struct Annotations {
    /// The node of the last statement, which mostly is that of the next as well.
    current: Option<(u64, Annotation)>,
    /// Nodes that were left; those of other statements than synonyms are not among them.
    left: HashMap<u64, Annotation>,
}

/// What is known of one annotation.
enum Annotation {
    Partial {
        source: Option<Box<str>>,
        scope: Option<Scope>,
        text: Option<Text>,
        kinds: Vec<String>,
    },
    /// Whole; later types belong to the name at this position of the subject at this position.
    Placed {
        subject: u32,
        name: u32,
    },
    /// Of a statement that is of no interest.
    Other,
}

/// What an annotation says.
pub(super) enum Found {
    /// That a synonym exists, and the types known so far; its place is wanted by [`Annotations::place`].
    Synonym { source: Box<str>, scope: Scope, text: Text, kinds: Vec<String> },
    /// The type of a synonym that has its place.
    Placed { subject: usize, name: usize, kind: String },
}

impl Annotations {
    /// Takes in a statement about the annotation `node`; gives back what is known now and was not before.
    pub(super) fn take(&mut self, node: Node<'_>, property: Property, object: &Object<'_>) -> Option<Found> {
        let key = node.key();
        if self.current.as_ref().is_none_or(|(current, _)| *current != key) {
            if let Some((left, annotation)) = self.current.take()
                && !matches!(annotation, Annotation::Other)
            {
                self.left.insert(left, annotation);
            }
            let annotation = self.left.remove(&key).unwrap_or(Annotation::Partial {
                source: None,
                scope: None,
                text: None,
                kinds: Vec::new(),
            });
            self.current = Some((key, annotation));
        }
        let (_, annotation) = self.current.as_mut()?;
        match annotation {
            Annotation::Other => None,
            Annotation::Placed { subject, name } => match property {
                Property::SynonymType => {
                    Some(Found::Placed { subject: *subject as usize, name: *name as usize, kind: written(object)? })
                }
                _ => None,
            },
            Annotation::Partial { source, scope, text, kinds } => {
                match (property, object) {
                    (Property::AnnotatedSource, Object::Node(Node::Iri(iri))) => *source = Some((*iri).into()),
                    (Property::AnnotatedTarget, Object::Literal { text: target, language }) => {
                        *text = Some(Text::new(target, *language));
                    }
                    (Property::AnnotatedBy, Object::Node(Node::Iri(iri))) => match vocabulary::property(iri) {
                        Some(Property::Name(Naming::Synonym(found, _))) => *scope = Some(found),
                        _ => *annotation = Annotation::Other,
                    },
                    (Property::SynonymType, _) => kinds.extend(written(object)),
                    _ => *annotation = Annotation::Other,
                }
                let Annotation::Partial { source: Some(_), scope: Some(scope), text: Some(_), .. } = annotation else {
                    return None;
                };
                let scope = *scope;
                let Annotation::Partial { source: Some(source), text: Some(text), kinds, .. } =
                    std::mem::replace(annotation, Annotation::Other)
                else {
                    return None;
                };
                (!text.is_empty()).then_some(Found::Synonym { source, scope, text, kinds })
            }
        }
    }

    /// Says where the synonym stands that was found last.
    pub(super) fn place(&mut self, subject: usize, name: usize) {
        if let (Some((_, annotation)), Ok(subject), Ok(name)) =
            (&mut self.current, u32::try_from(subject), u32::try_from(name))
        {
            *annotation = Annotation::Placed { subject, name };
        }
    }
}

/// The type in the object of `hasSynonymType`.
fn written(object: &Object<'_>) -> Option<String> {
    match object {
        Object::Node(Node::Iri(text)) | Object::Literal { text, .. } => Some((*text).to_owned()),
        Object::Node(Node::Blank(_)) => None,
    }
}
