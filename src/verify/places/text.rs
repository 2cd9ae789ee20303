//! Not built yet.

use crate::tables::Input;
use crate::verify::prefixes::Prefixes;
use crate::verify::{Error, Found};

/// Finds nothing.
#[expect(clippy::unnecessary_wraps, reason = "the reader that stands here later fails")]
pub(in crate::verify) fn read(_input: Input, _prefixes: &Prefixes, _each: &mut dyn FnMut(Found)) -> Result<(), Error> {
    Ok(())
}
