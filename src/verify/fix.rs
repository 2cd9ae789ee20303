//! A copy of a file with what is certain put right, every other byte as it was.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use super::{Edit, Finding};
use crate::tables::Input;

/// What is to be put right in one file. Its memory grows with what is wrong, not with the file.
#[derive(Debug, Clone, Default)]
pub struct Fixes {
    /// The end and the new text, by where the old text starts.
    by_start: BTreeMap<u64, (u64, Box<str>)>,
}

impl Fixes {
    /// Takes in what puts a finding right; whether it does. What contradicts another finding is left as it is.
    pub fn add(&mut self, finding: &Finding) -> bool {
        let is_certain = finding.is_certain() && finding.edits.iter().all(|edit| self.is_free(edit));
        if is_certain {
            for Edit { span, written } in &finding.edits {
                self.by_start.insert(span.start, (span.end, written.as_str().into()));
            }
        }
        is_certain
    }

    /// Whether nothing else, or the same, takes the place.
    fn is_free(&self, edit: &Edit) -> bool {
        let before = self.by_start.range(..edit.span.end).next_back();
        before.is_none_or(|(&start, (end, written))| {
            *end <= edit.span.start || (start == edit.span.start && *end == edit.span.end && **written == edit.written)
        })
    }

    /// Whether there is nothing to put right.
    pub fn is_empty(&self) -> bool {
        self.by_start.is_empty()
    }

    /// Writes the text of `input` with these changes; a byte order mark stays.
    ///
    /// # Errors
    /// Where it cannot be read or written, and where it ends before a change: it is another text then.
    pub fn copy(&self, input: Input, out: &mut dyn Write) -> io::Result<()> {
        if input.is_marked {
            out.write_all(b"\xef\xbb\xbf")?;
        }
        let mut reader = input.into_reader();
        let mut at = 0;
        for (&start, (end, written)) in &self.by_start {
            pass(&mut reader, start - at, out)?;
            pass(&mut reader, end - start, &mut io::sink())?;
            out.write_all(written.as_bytes())?;
            at = *end;
        }
        io::copy(&mut reader, out).map(drop)
    }
}

/// Copies so many bytes.
fn pass(reader: &mut impl Read, length: u64, out: &mut dyn Write) -> io::Result<()> {
    let copied = io::copy(&mut reader.by_ref().take(length), out)?;
    if copied == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::ops::Range;

    use super::*;
    use crate::verify::{Kind, Level};

    fn finding(edits: &[(Range<u64>, &str)]) -> Finding {
        let edits = edits.iter().map(|(span, written)| Edit { span: span.clone(), written: (*written).to_owned() });
        Finding {
            kind: Kind::Obsolete,
            level: Level::Error,
            line: 1,
            column: 1,
            span: 0..0,
            identifier: String::new(),
            label: None,
            message: String::new(),
            suggestion: None,
            edits: edits.collect(),
        }
    }

    fn copied(fixes: &Fixes, text: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        fixes.copy(Input::new("a".to_owned(), None, Box::new(Cursor::new(text.to_vec()))).unwrap(), &mut out)?;
        Ok(out)
    }

    #[test]
    fn only_what_is_reported_changes() {
        let mut fixes = Fixes::default();
        assert!(fixes.add(&finding(&[(8..9, "EIGHT"), (2..4, "")])));
        assert!(fixes.add(&finding(&[(4..5, "four")])));
        let text = b"\xef\xbb\xbf01\r\n4567\xff8\r\n".as_slice();
        assert_eq!(copied(&fixes, text).unwrap(), b"\xef\xbb\xbf01four567EIGHT8\r\n");
        assert_eq!(copied(&Fixes::default(), text).unwrap(), text);
        assert!(copied(&fixes, b"0123456").is_err());
    }

    #[test]
    fn what_contradicts_is_left_and_what_agrees_is_not() {
        let mut fixes = Fixes::default();
        assert!(fixes.add(&finding(&[(2..5, "a")])));
        assert!(fixes.add(&finding(&[(2..5, "a"), (7..8, "b")])));
        for other in [2..5, 4..6, 0..3, 3..4, 0..9] {
            assert!(!fixes.add(&finding(&[(10..11, "x"), (other.clone(), "c")])), "{other:?}");
        }
        assert!(fixes.add(&finding(&[(5..7, "c")])));
        assert!(!fixes.add(&finding(&[])));
        assert_eq!(copied(&fixes, b"0123456789").unwrap(), b"01acb89");
    }
}
