//! The terminal: taken over, given back whatever happens, and its clipboard.

use std::io::{self, Write};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::execute;

use crate::ontology::Curie;

/// The terminal while it is ours. It is given back when this is dropped, and before a panic is told.
pub(in crate::cli) struct Screen {
    pub(in crate::cli) terminal: DefaultTerminal,
}

impl Screen {
    pub(in crate::cli) fn enter() -> io::Result<Self> {
        // The hook that `try_init` sets runs before this one and leaves the alternate screen.
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let _ = execute!(io::stdout(), DisableBracketedPaste);
            told(panic);
        }));
        let terminal = ratatui::try_init().inspect_err(|_| {
            let _ = ratatui::try_restore();
        })?;
        let screen = Self { terminal };
        // Where it is not understood, what is pasted comes as if it were typed.
        let _ = execute!(io::stdout(), EnableBracketedPaste);
        Ok(screen)
    }

    /// Hands an identifier to the clipboard of whoever looks at the terminal, also through ssh (OSC 52).
    pub(in crate::cli) fn copy(&mut self, id: &Curie) -> io::Result<()> {
        let backend = self.terminal.backend_mut();
        write!(backend, "\x1b]52;c;{}\x07", base64(id.as_str().as_bytes()))?;
        backend.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // After a panic the hook has done it; once more would put the cursor over the message.
        if !std::thread::panicking() {
            let _ = execute!(io::stdout(), DisableBracketedPaste);
            let _ = ratatui::try_restore();
        }
    }
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default()));
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_as_the_standard_has_it() {
        let examples = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(examples, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
        assert_eq!(base64(b"HP:0001250"), "SFA6MDAwMTI1MA==");
    }
}
