//! Answers that someone else recorded, as a system of their own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Answer, Said};
use crate::evaluate::Error;
use crate::evaluate::dataset::{Case, Dataset, IDS, MENTION, PREDICTED, Rows};
use crate::evaluate::identifiers::Identifiers;

/// What people write where there is no concept.
const NO_MATCH: [&str; 4] = ["none", "no match", "no appropriate match", "sssom:NoTermFound"];

/// A table of mentions and what was answered to each.
#[derive(Debug, Clone)]
pub struct Recorded {
    place: PathBuf,
    /// By mention and gold identifiers; without these where the table has none.
    answers: HashMap<(String, Option<String>), Recording>,
    has_ids: bool,
}

#[derive(Debug, Clone)]
struct Recording {
    predicted: String,
    confidence: Option<f32>,
}

impl Recorded {
    /// Reads a table (TSV, CSV or JSON lines) with a column `mention` or `term`, a column `predicted_id`, `prediction` or
    /// `answer`, and where they are known `confidence` and the gold identifiers. Of two rows about the same the first
    /// counts.
    ///
    /// # Errors
    /// With file and line, where a column is missing or a row cannot be read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mut rows = Rows::open(path)?;
        let (mention, predicted) = (rows.one_of(&MENTION)?, rows.one_of(&PREDICTED)?);
        let ids = IDS.into_iter().find(|column| rows.has(column));
        let place = path.to_owned();
        let mut recorded = Self { place, answers: HashMap::new(), has_ids: ids.is_some() };
        while let Some(row) = rows.next() {
            let row = row?;
            let cell = |column: &str| row.get(column).unwrap_or_default().trim().to_owned();
            let confidence = row.cell("confidence").map(|text| match text.parse() {
                Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
                _ => Err(row.malformed(format!("`{text}` is no confidence from 0 to 1"))),
            });
            let confidence = confidence.transpose()?;
            let key = (cell(mention), ids.map(cell));
            recorded.answers.entry(key).or_insert(Recording { predicted: cell(predicted), confidence });
        }
        Ok(recorded)
    }

    /// What it says about each case, in the order of the cases; nothing about those it does not have. Mentions are compared
    /// letter by letter.
    ///
    /// # Errors
    /// [`Error::NothingRecorded`] where it has none of them.
    pub fn answers(&self, dataset: &Dataset, identifiers: &Identifiers) -> Result<Vec<Answer>, Error> {
        let mut found = 0;
        let mut answer = |case: &Case| {
            let ids = self.has_ids.then(|| case.ids.join("|"));
            let Some(recording) = self.answers.get(&(case.mention.text.clone(), ids)) else {
                let said = Said::Nothing("not recorded".to_owned());
                return Answer { said, ranking: Vec::new(), confidence: None, seconds: None };
            };
            found += 1;
            let text = &recording.predicted;
            let said = if text.is_empty() {
                Said::Nothing("an empty answer was recorded".to_owned())
            } else if NO_MATCH.iter().any(|none| none.eq_ignore_ascii_case(text)) {
                Said::NoMatch
            } else {
                Said::Identifier(text.clone())
            };
            let ranking = super::concept(&said, identifiers).into_iter().collect();
            Answer { said, ranking, confidence: recording.confidence, seconds: None }
        };
        let answers = dataset.cases.iter().map(&mut answer).collect();
        if found == 0 {
            return Err(Error::NothingRecorded {
                place: self.place.display().to_string(),
                dataset: dataset.name.clone(),
                cases: dataset.cases.len(),
            });
        }
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::evaluate::dataset::Options;
    use crate::ontology::{Ontology, obo};

    fn identifiers() -> Identifiers {
        let text = "[Term]\nid: X:1\nname: fever\n\n[Term]\nid: X:2\nname: ache\n";
        let draft = obo::read(text.as_bytes(), "x").unwrap();
        Identifiers::new(Arc::new(Ontology::assemble(draft, "x", "x").unwrap()))
    }

    fn answers(cases: &str, recorded: &str) -> Result<Vec<Said>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let [case_file, recorded_file] = ["cases.tsv", "recorded.tsv"].map(|name| folder.path().join(name));
        fs_err::write(&case_file, cases).unwrap();
        fs_err::write(&recorded_file, recorded).unwrap();
        let identifiers = identifiers();
        let dataset = Dataset::read(&case_file, &Options::default(), &identifiers).unwrap();
        let answers = Recorded::read(&recorded_file)?.answers(&dataset, &identifiers)?;
        Ok(answers.into_iter().map(|answer| answer.said).collect())
    }

    const CASES: &str = "mention\tids\nheat\tX:1\npain\tX:2\npain\tX:1\n";

    #[test]
    fn each_case_has_what_was_recorded_about_it_and_the_others_nothing() {
        let said = answers(CASES, "term\tgold_id\tpredicted_id\npain\tX:2\tX:1\nheat\tX:1\tnone\n").unwrap();
        let nothing = Said::Nothing("not recorded".to_owned());
        assert_eq!(said, [Said::NoMatch, Said::Identifier("X:1".to_owned()), nothing]);
    }

    #[test]
    fn without_gold_identifiers_a_recording_is_about_every_case_of_its_mention() {
        let said = answers(CASES, "mention\tanswer\npain\tX:2\nheat\twhatever\n").unwrap();
        let one = |text: &str| Said::Identifier(text.to_owned());
        assert_eq!(said, [one("whatever"), one("X:2"), one("X:2")]);
    }

    #[test]
    fn a_recording_of_other_terms_or_without_answers_is_an_error() {
        let error = |recorded| answers(CASES, recorded).unwrap_err().to_string();
        assert!(error("mention\tanswer\nPain\tX:2\n").contains("has no answer to any of the 3 cases of `cases`"));
        assert!(
            error("mention\tids\npain\tX:2\n")
                .contains("recorded.tsv:1: there is no column `predicted_id` or `prediction`")
        );
        let wrong = error("mention\tanswer\tconfidence\npain\tX:2\t7\n");
        assert!(wrong.contains("recorded.tsv:2: `7` is no confidence"), "{wrong}");
    }
}
