//! A decision written into the sheet, every other byte as it was.

use std::io::{self, Read, Write};

use super::Row;

/// A row that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where it begins in the file.
    offset: u64,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Edit {
    /// The change of a row to what it says `now`.
    pub fn of(before: &Row, now: &Row) -> Self {
        Self { offset: before.offset, before: before.written.clone(), after: now.written.clone() }
    }

    /// Where a place behind the row comes to be.
    pub fn moved(&self, offset: u64) -> u64 {
        if offset <= self.offset { offset } else { offset + self.after.len() as u64 - self.before.len() as u64 }
    }
}

/// Copies the sheet with the row changed; `false` where the row is not what it was, and nothing of use was written.
///
/// # Errors
/// Where either side fails.
pub fn write(edit: &Edit, sheet: &mut dyn Read, out: &mut dyn Write) -> io::Result<bool> {
    if io::copy(&mut sheet.take(edit.offset), out)? < edit.offset {
        return Ok(false);
    }
    let mut found = Vec::with_capacity(edit.before.len());
    sheet.take(edit.before.len() as u64).read_to_end(&mut found)?;
    let mut next = [0];
    let is_end = sheet.read(&mut next)? == 0;
    if found != edit.before || !(is_end || matches!(next, [b'\n' | b'\r'])) {
        return Ok(false);
    }
    out.write_all(&edit.after)?;
    if !is_end {
        out.write_all(&next)?;
    }
    io::copy(sheet, out)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_changes_where_it_is_what_it_was() {
        let edit = Edit { offset: 2, before: b"bb".to_vec(), after: b"cccc".to_vec() };
        let written = |sheet: &str| {
            let mut out = Vec::new();
            write(&edit, &mut sheet.as_bytes(), &mut out).unwrap().then(|| String::from_utf8(out).unwrap())
        };
        assert_eq!(written("a\nbb\r\nd").as_deref(), Some("a\ncccc\r\nd"));
        assert_eq!(written("a\nbb").as_deref(), Some("a\ncccc"));
        assert_eq!([written("a\nbd\n"), written("a\nbbb\n"), written("a")], [None, None, None]);
        assert_eq!([edit.moved(0), edit.moved(2), edit.moved(5)], [0, 2, 7]);
    }
}
