//! Bytes to text: UTF-8 where it is UTF-8, otherwise Windows-1252 for the lines that are not, said aloud.

use std::borrow::Cow;

use super::Draft;

/// What Windows-1252 means by the bytes 0x80 to 0x9F; the five it leaves open stand for themselves.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of `bytes` without its byte order mark; each line that is not UTF-8 becomes an oddity of `draft`.
pub(super) fn text<'a>(bytes: &'a [u8], draft: &mut Draft) -> Cow<'a, str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for (index, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        if let Ok(line) = std::str::from_utf8(line) {
            text.push_str(line);
        } else {
            draft.odd(index + 1, "the line is not UTF-8; read as Windows-1252");
            text.extend(line.iter().copied().map(windows_1252));
        }
    }
    Cow::Owned(text)
}

/// The text of one line: borrowed where it is UTF-8.
pub(super) fn line(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(windows_1252).collect()),
    }
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let mut draft = Draft::default();
        assert_eq!(text(b"\xEF\xBB\xBFid", &mut draft), "id");
        assert!(draft.oddities.is_empty());
    }

    #[test]
    fn only_the_line_that_is_not_utf8_is_read_as_windows_1252() {
        let mut draft = Draft::default();
        let bytes = [b"\xC3\xA4\n".as_slice(), b"S\xE9zary \x93x\x94\r\n", b"end"].concat();
        assert_eq!(text(&bytes, &mut draft), "ä\nSézary “x”\r\nend");
        assert_eq!(draft.oddities.iter().map(|oddity| oddity.line).collect::<Vec<_>>(), [2]);
    }
}
