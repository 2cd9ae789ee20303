//! Answers that someone else recorded, as a system of their own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Answer, Said};
use crate::evaluate::Error;
use crate::evaluate::dataset::{Case, Dataset, Rows};
use crate::evaluate::identifiers::{Identifiers, Standing};

/// Columns that may hold what was asked.
const MENTION: [&str; 2] = ["mention", "term"];

/// Columns that may hold what was answered.
const PREDICTED: [&str; 3] = ["predicted_id", "prediction", "answer"];

/// Columns that may hold the gold identifiers, which tell two cases of one mention apart.
const IDS: [&str; 3] = ["ids", "gold_id", "id"];

/// What people write for no answer.
const NO_MATCH: [&str; 4] = ["", "none", "no match", "sssom:NoTermFound"];

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
        let find = |usual: &[&'static str]| usual.iter().copied().find(|column| rows.has(column));
        let mention = find(&MENTION).ok_or_else(|| rows.missing(MENTION[0]))?;
        let predicted = find(&PREDICTED).ok_or_else(|| rows.missing(PREDICTED[0]))?;
        let ids = find(&IDS);
        let place = path.to_owned();
        let mut recorded = Self { place, answers: HashMap::new(), has_ids: ids.is_some() };
        while let Some(row) = rows.next() {
            let row = row?;
            let cell = |column: &str| row.get(column).unwrap_or_default().trim().to_owned();
            let confidence = match cell("confidence") {
                text if text.is_empty() => None,
                text => match text.parse() {
                    Ok(share) if (0.0..=1.0).contains(&share) => Some(share),
                    _ => {
                        let message = format!("`{text}` is no confidence from 0 to 1");
                        return Err(Error::Row { place: path.display().to_string(), line: row.line, message });
                    }
                },
            };
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
            if NO_MATCH.iter().any(|none| none.eq_ignore_ascii_case(text)) {
                return Answer {
                    said: Said::NoMatch,
                    ranking: Vec::new(),
                    confidence: recording.confidence,
                    seconds: None,
                };
            }
            let ranking = match identifiers.standing(text) {
                Standing::Live(id) => vec![id],
                _ => Vec::new(),
            };
            Answer { said: Said::Identifier(text.clone()), ranking, confidence: recording.confidence, seconds: None }
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
