//! What stands beside `MRCONSO.RRF`: semantic types, parents, definitions, retired identifiers, the release.

use std::cmp::Reverse;

use super::super::lines::Lines;
use super::super::tally::Tally;
use super::super::{Concept, Curie, Error, Retirement};
use super::row::{Cui, SUPPRESSIBLE, cui, fields};
use super::{Reading, curie};

/// The semantic types of concepts, by the number in `T047`.
#[derive(Debug, Default)]
pub(super) struct Types(Vec<(Cui, u16)>);

impl Types {
    /// Reads `MRSTY.RRF`; of concepts that have none of `wanted`, where any is, nothing is kept.
    pub(super) fn read(mut lines: Lines<'_>, wanted: &[String], tally: &mut Tally) -> Result<Self, Error> {
        let wanted: Vec<u16> = wanted.iter().filter_map(|name| number(&name.to_ascii_uppercase())).collect();
        let mut types = Vec::new();
        while let Some(line) = lines.next()? {
            let Some([id, name, ..]) = fields::<6>(&line, tally) else { continue };
            let Some(id) = cui(id, &line, tally) else { continue };
            match number(name) {
                Some(number) => types.push((id, number)),
                None => tally.odd(&line, name, "is no semantic type; row passed over"),
            }
        }
        types.sort_unstable();
        types.dedup();
        let mut types = Self(types);
        if !wanted.is_empty() {
            let all = std::mem::take(&mut types.0);
            let of_one = all.chunk_by(|(left, _), (right, _)| left == right);
            let is_wanted = |of_one: &&[(Cui, u16)]| of_one.iter().any(|(_, number)| wanted.contains(number));
            types.0 = of_one.filter(is_wanted).flatten().copied().collect();
        }
        Ok(types)
    }

    fn of(&self, id: Cui) -> &[(Cui, u16)] {
        let start = self.0.partition_point(|(other, _)| *other < id);
        let count = self.0[start..].iter().take_while(|(other, _)| *other == id).count();
        &self.0[start..start + count]
    }

    pub(super) fn has(&self, id: Cui) -> bool {
        !self.of(id).is_empty()
    }

    pub(super) fn subsets(&self, id: Cui) -> Vec<String> {
        self.of(id).iter().map(|(_, number)| format!("T{number:03}")).collect()
    }
}

/// The number in the name of a semantic type, `T047`.
pub(super) fn number(name: &str) -> Option<u16> {
    let digits = name.strip_prefix('T').filter(|digits| digits.len() == 3)?;
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Pairs are sorted and told apart whenever there are so many more of them.
const PAIRS_AT_ONCE: usize = 1 << 20;

impl Reading<'_> {
    /// Reads `MRREL.RRF` and gives concepts their parents.
    pub(super) fn read_relations(&mut self, mut lines: Lines<'_>) -> Result<(), Error> {
        // (child, parent); a release says each of them several times, once in either direction for every vocabulary.
        let mut edges: Vec<(u32, u32)> = Vec::new();
        let mut tidied = 0;
        while let Some(line) = lines.next()? {
            let Some(row) = fields::<16>(&line, &mut self.tally) else { continue };
            // What the second concept is to the first.
            let [first, _, _, relation, second, ..] = row;
            let (child, parent) = match relation {
                "PAR" => (first, second),
                "CHD" => (second, first),
                _ => continue,
            };
            if child == parent {
                continue;
            }
            if !self.options.vocabularies.is_empty() {
                let sab = self.vocabularies.of(row[10]);
                if self.vocabularies.get(sab).wanted.is_none() {
                    continue;
                }
            }
            let (Some(child), Some(parent)) = (cui(child, &line, &mut self.tally), cui(parent, &line, &mut self.tally))
            else {
                continue;
            };
            let (Some(&child), Some(&parent)) = (self.positions.get(&child), self.positions.get(&parent)) else {
                // Of a part of the release, the rest is somewhere else.
                if self.options.is_everything() {
                    self.tally.odd(&line, row[8], "relates a concept that has no name; row passed over");
                }
                continue;
            };
            if matches!(row[14], "N" | "") {
                edges.push((child, parent));
            } else {
                self.tally.odd(&line, row[8], SUPPRESSIBLE);
            }
            if edges.len() - tidied > PAIRS_AT_ONCE.max(tidied) {
                edges.sort_unstable();
                edges.dedup();
                tidied = edges.len();
            }
        }
        edges.sort_unstable();
        edges.dedup();
        for of_child in edges.chunk_by(|(left, _), (right, _)| left == right) {
            let parents = of_child.iter().map(|&(_, parent)| self.concepts[parent as usize].1.id.clone()).collect();
            self.concepts[of_child[0].0 as usize].1.parents = parents;
        }
        Ok(())
    }

    /// Reads `MRDEF.RRF`; of several definitions the one whose vocabulary's language and rank are preferred is kept.
    pub(super) fn read_definitions(&mut self, mut lines: Lines<'_>) -> Result<(), Error> {
        let mut kept: Vec<Option<(u8, Reverse<u16>)>> = vec![None; self.concepts.len()];
        while let Some(line) = lines.next()? {
            let Some([id, _, row, _, vocabulary, definition, suppress, _]) = fields(&line, &mut self.tally) else {
                continue;
            };
            let Some(id) = cui(id, &line, &mut self.tally) else { continue };
            let Some(&position) = self.positions.get(&id) else {
                if self.options.is_everything() {
                    self.tally.odd(&line, row, "defines a concept that has no name; row passed over");
                }
                continue;
            };
            let sab = self.vocabularies.of(vocabulary);
            let vocabulary = self.vocabularies.get(sab);
            // The file does not say languages; a vocabulary has one.
            let (Some(language), false) = (vocabulary.language, definition.trim().is_empty()) else { continue };
            if !matches!(suppress, "N" | "") {
                self.tally.odd(&line, row, SUPPRESSIBLE);
                continue;
            }
            let reluctance = (language, Reverse(vocabulary.rank));
            let known = &mut kept[position as usize];
            if known.is_none_or(|known| reluctance < known) {
                *known = Some(reluctance);
                self.concepts[position as usize].1.definition = Some(definition.trim().to_owned());
            }
        }
        Ok(())
    }

    /// Reads `MRCUI.RRF`: identifiers of earlier releases, and what became of them.
    pub(super) fn read_retired(&mut self, mut lines: Lines<'_>) -> Result<(), Error> {
        let mut fates: Vec<(Cui, Fate)> = Vec::new();
        while let Some(line) = lines.next()? {
            let Some([id, _, relation, _, _, other, _]) = fields(&line, &mut self.tally) else { continue };
            let Some(id) = cui(id, &line, &mut self.tally).filter(|id| !self.positions.contains_key(id)) else {
                continue;
            };
            let other = Cui::parse(other).and_then(|other| self.positions.get(&other).copied());
            match (relation, other) {
                ("SY", Some(other)) => fates.push((id, Fate::Merged(other))),
                ("RO" | "RN" | "RB" | "RQ", Some(other)) => fates.push((id, Fate::Consider(other))),
                // Where a part of the release is read, the rest is not known to be gone.
                _ if self.options.is_everything() => fates.push((id, Fate::Gone)),
                _ => {}
            }
        }
        fates.sort_unstable();
        fates.dedup();
        for of_one in fates.chunk_by(|(left, _), (right, _)| left == right) {
            self.retire(of_one);
        }
        Ok(())
    }

    fn retire(&mut self, fates: &[(Cui, Fate)]) {
        let id = curie(fates[0].0);
        let concept = |position: u32| -> Curie { self.concepts[position as usize].1.id.clone() };
        let mut retirement = Retirement::default();
        for (_, fate) in fates {
            match fate {
                Fate::Merged(into) => retirement.replaced_by.push(concept(*into)),
                Fate::Consider(other) => retirement.consider.push(concept(*other)),
                Fate::Gone => {}
            }
        }
        if let Some((_, Fate::Merged(into))) = fates.first()
            && retirement.replaced_by.len() == 1
        {
            self.concepts[*into as usize].1.alternative_ids.push(id);
        } else {
            self.concepts.push((0, Concept { retirement: Some(retirement), ..Concept::new(id) }));
        }
    }
}

/// What became of a retired identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It is a synonym of the concept at this position.
    Merged(u32),
    /// It is related to the concept at this position.
    Consider(u32),
    /// Nothing is said of where to go.
    Gone,
}

/// Longest text of a release's name that is believed.
const LONGEST_RELEASE: usize = 32;

/// Which release it is, as `release.dat` says.
pub(super) fn release(mut lines: Lines<'_>) -> Result<Option<String>, Error> {
    while let Some(line) = lines.next()? {
        if let Some(name) = line.text.strip_prefix("umls.release.name=") {
            let name = name.trim();
            return Ok((!name.is_empty() && name.len() <= LONGEST_RELEASE).then(|| name.to_owned()));
        }
    }
    Ok(None)
}
