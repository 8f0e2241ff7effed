//! Questions, which only a person at a terminal can answer.

use std::io::{self, BufRead, IsTerminal};

use crate::ui::Ui;

/// Whether there is somebody to ask.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether the answer to `question` is yes; everything else is no.
pub(crate) fn confirm(ui: &mut Ui, question: &str) -> bool {
    ui.prompt(&format!("{question} [y/N] "));
    let mut answer = String::new();
    // Without an answer, nothing is lost.
    if io::stdin().lock().read_line(&mut answer).is_err() {
        return false;
    }
    is_yes(&answer)
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y", "Y\n", " yes \r\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "no", "yesterday"].into_iter().any(is_yes));
    }
}
