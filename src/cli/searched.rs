//! What is asked: one index, or several as one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;

use super::open::{self, Services};
use crate::index::{Found, Index};
use crate::normalize::OntologyTag;
use crate::ontology::{Curie, catalogue};
use crate::retrieve::{self, Explanation, Hybrid, Mention, Opener, Options, Retriever, Several, Threshold};

/// The names of indexes that stand in one argument, apart by commas.
pub(super) fn names(given: &str) -> Vec<&str> {
    given.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// The same, where each is another index.
///
/// # Errors
/// Where one cannot be a name, or two are one index.
pub(super) fn distinct<'a>(indexes: &Path, given: &'a str) -> anyhow::Result<Vec<&'a str>> {
    let names = names(given);
    let mut seen: HashMap<PathBuf, &str> = HashMap::new();
    for name in &names {
        let folder = open::index_folder(indexes, name)?;
        // What is not there is refused where it is opened.
        let folder = fs_err::canonicalize(&folder).unwrap_or(folder);
        match seen.insert(folder, name) {
            Some(first) if first == *name => bail!("the index `{name}` is named twice"),
            Some(first) => bail!("`{first}` and `{name}` are one index"),
            None => {}
        }
    }
    Ok(names)
}

/// One index or several, and what mentions are expected to be.
pub(super) struct Searched {
    asked: Asked,
    expected: Vec<String>,
}

enum Asked {
    One(Arc<Hybrid>),
    Several(Arc<Several>),
}

impl Searched {
    /// One index.
    pub(super) const fn one(retriever: Arc<Hybrid>) -> Self {
        Self { asked: Asked::One(retriever), expected: Vec::new() }
    }

    /// Indexes that are open.
    pub(super) fn of(retrievers: Vec<Arc<Hybrid>>) -> Self {
        match <[Arc<Hybrid>; 1]>::try_from(retrievers) {
            Ok([only]) => Self::one(only),
            Err(retrievers) => {
                let opened = |retriever: Arc<Hybrid>| -> (OntologyTag, Opener) {
                    (open::tag(retriever.index()), Box::new(move || Ok(Arc::clone(&retriever))))
                };
                let several = Several::new(retrievers.into_iter().map(opened));
                Self { asked: Asked::Several(Arc::new(several)), expected: Vec::new() }
            }
        }
    }

    /// Several indexes, of which only the manifests are read now.
    ///
    /// # Errors
    /// Where one is not there.
    pub(super) fn several(
        indexes: &Path,
        names: &[&str],
        services: &Services,
        options: &Options,
    ) -> anyhow::Result<Self> {
        let mut ontologies = Vec::new();
        for name in names {
            let (folder, manifest) = open::manifest(indexes, name)?;
            let (services, options) = (services.clone(), options.clone());
            let open: Opener = Box::new(move || {
                let index = Arc::new(Index::open(&folder)?);
                Ok(Arc::new(open::retriever(&index, &services, &options)?))
            });
            ontologies.push((OntologyTag { name: manifest.name, version: manifest.version }, open));
        }
        let several = Several::new(ontologies);
        Ok(Self { asked: Asked::Several(Arc::new(several)), expected: Vec::new() })
    }

    /// The same, with what every mention is expected to be where nothing else is said.
    ///
    /// # Errors
    /// Where that is none of the ontologies, or only one is asked.
    pub(super) fn expecting(self, expected: &[String]) -> anyhow::Result<Self> {
        let expected: Vec<String> = expected.iter().flat_map(|word| Mention::expectations(word)).collect();
        match &self.asked {
            Asked::Several(several) => several.check(&expected)?,
            Asked::One(_) if !expected.is_empty() => {
                bail!("`--expect` prefers some of several ontologies, and `--index` names one");
            }
            Asked::One(_) => {}
        }
        Ok(Self { expected, ..self })
    }

    /// What every mention is expected to be where nothing else is said.
    pub(super) fn expected(&self) -> &[String] {
        &self.expected
    }

    /// What someone typed, as it is asked.
    pub(super) fn mention(&self, text: &str) -> Mention {
        Mention { expected: self.expected.clone(), ..Mention::new(text) }
    }

    pub(super) fn retriever(&self) -> Arc<dyn Retriever> {
        match &self.asked {
            Asked::One(one) => Arc::clone(one) as Arc<dyn Retriever>,
            Asked::Several(several) => Arc::clone(several) as Arc<dyn Retriever>,
        }
    }

    pub(super) const fn is_several(&self) -> bool {
        matches!(self.asked, Asked::Several(_))
    }

    /// The ontology as answers name it; several with `|` between them.
    pub(super) fn tag(&self) -> OntologyTag {
        match &self.asked {
            Asked::One(one) => open::tag(one.index()),
            Asked::Several(several) => several.tag(),
        }
    }

    /// What prompts call the ontology: its title in the catalogue, else the index's name.
    pub(super) fn title(&self) -> String {
        match &self.asked {
            Asked::One(one) => super::calling::title(one),
            Asked::Several(several) => {
                let title =
                    |name: &str| catalogue::find(name).map_or_else(|| name.to_owned(), |it| it.title.to_owned());
                several.tags().map(|tag| title(&tag.name)).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The only index.
    ///
    /// # Errors
    /// Where several are asked: `what` is about one.
    pub(super) fn only(&self, what: &str) -> anyhow::Result<&Arc<Hybrid>> {
        match &self.asked {
            Asked::One(one) => Ok(one),
            Asked::Several(_) => bail!("`{what}` is about one index, and `--index` names several"),
        }
    }

    /// The retriever of each index, all of them opened now.
    pub(super) fn all(&self) -> Result<Vec<Arc<Hybrid>>, retrieve::Error> {
        match &self.asked {
            Asked::One(one) => Ok(vec![Arc::clone(one)]),
            Asked::Several(several) => several.all(),
        }
    }

    /// Whether concepts of what is searched refer to `id`.
    pub(super) fn is_referred_to(&self, id: &Curie) -> Result<bool, retrieve::Error> {
        let refers = |one: &Arc<Hybrid>| !one.index().names().concepts_of_xref(id.as_str()).is_empty();
        Ok(self.all()?.iter().any(refers))
    }

    /// Whether something was learnt that says how sure an answer is.
    pub(super) fn is_learnt(&self) -> anyhow::Result<bool> {
        Ok(match &self.asked {
            Asked::One(one) => one.is_learnt(),
            Asked::Several(_) => self.all()?.iter().all(|one| one.is_learnt()),
        })
    }

    /// From which confidence on answers are right as often as `precision` says.
    pub(super) fn threshold(&self, precision: f32) -> anyhow::Result<Threshold> {
        Ok(self.only("--accept-precision")?.threshold(precision)?)
    }

    pub(super) fn explain(&self, mention: &Mention, limit: usize) -> Result<Vec<Explanation>, retrieve::Error> {
        match &self.asked {
            Asked::One(one) => one.explain(mention, limit),
            Asked::Several(several) => several.explain(mention, limit),
        }
    }

    /// What an identifier leads to, and in which index.
    pub(super) fn find(&self, id: &Curie) -> Result<Option<(Arc<Hybrid>, Found)>, retrieve::Error> {
        let retrievers = match &self.asked {
            Asked::One(one) => vec![Arc::clone(one)],
            Asked::Several(several) => several.with(id)?,
        };
        for retriever in retrievers {
            if let Some(found) = retriever.index().names().find(id)? {
                return Ok(Some((retriever, found)));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_apart_by_commas() {
        assert_eq!(names("hp"), ["hp"]);
        assert_eq!(names("hp, mondo,,go"), ["hp", "mondo", "go"]);
    }

    #[test]
    fn one_index_in_two_spellings_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let indexes = folder.path();
        for name in ["hp", "go"] {
            fs_err::create_dir(indexes.join(name)).unwrap();
        }
        assert_eq!(distinct(indexes, "hp,go,absent").unwrap(), ["hp", "go", "absent"]);
        let said = |given: &str| distinct(indexes, given).unwrap_err().to_string();
        assert_eq!(said("hp,go,hp"), "the index `hp` is named twice");
        let path = indexes.join("go").join("..").join("hp").display().to_string();
        assert_eq!(said(&format!("hp,{path}")), format!("`hp` and `{path}` are one index"));
        assert!(said("hp,.hidden").starts_with("`.hidden` cannot name an index"));
    }
}
