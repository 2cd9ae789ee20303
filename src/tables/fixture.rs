//! For tests: tables in containers, and files that are damaged.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::Path;

use super::{Column, Container, Error, Kind, Writer};

pub(super) fn column(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind }
}

/// The bytes of a file with these rows.
pub(super) fn written(container: Container, columns: Vec<Column>, rows: &[&[&str]]) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::begin(container, columns)?;
    for row in rows {
        writer.write_row(row.iter().map(|&cell| Cow::Borrowed(cell)))?;
    }
    let mut bytes = Vec::new();
    writer.finish()?.read_to_end(&mut bytes).expect("a scratch file can be read");
    Ok(bytes)
}

/// A file of fifty like rows, damaged in 300 ways at `path`: every third is cut short, which `check` is told, and in the
/// others up to so many bits are turned.
pub(super) fn damaged(container: Container, path: &Path, bits: usize, check: impl Fn(bool)) {
    let columns = vec![column("mention", Kind::Text), column("n", Kind::Integer)];
    let row: &[&str] = &["short fingers", "1"];
    let whole = written(container, columns, &[row; 50]).expect("it can be written");
    let mut random = fastrand::Rng::with_seed(1);
    for round in 0..300 {
        let mut bytes = whole.clone();
        let is_cut = round % 3 == 0;
        if is_cut {
            bytes.truncate(random.usize(4..bytes.len()));
        } else {
            for _ in 0..random.usize(1..=bits) {
                let at = random.usize(4..bytes.len());
                bytes[at] ^= 1 << random.u8(..8);
            }
        }
        fs_err::write(path, &bytes).expect("the folder can be written to");
        check(is_cut);
    }
}
