//! Questions, which only a person at a terminal can answer.

use std::io::{self, BufRead, IsTerminal};

use crate::ui::Ui;

/// Whether there is somebody to ask, who is not a program that reads a log.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && !crate::ui::is_log()
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

/// What is answered to `question`; nothing where nothing is.
pub(crate) fn answer(ui: &mut Ui, question: &str) -> Option<String> {
    ui.prompt(&format!("{question} "));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.ok().map(|_| answer.trim().to_owned()).filter(|answer| !answer.is_empty())
}

/// Which of `words` are meant, by a list with commas or blanks; nothing is the first of them.
#[cfg(feature = "cargo-migrate")]
pub(crate) fn choose(ui: &mut Ui, question: &str, words: &[&str]) -> Vec<usize> {
    let default = words.first().copied().unwrap_or_default();
    loop {
        ui.prompt(&format!("{question} {} [{default}] ", words.join(", ")));
        let mut answer = String::new();
        // Nobody there any more: nothing but the default is meant.
        let is_over = io::stdin().lock().read_line(&mut answer).map_or(true, |read| read == 0);
        match chosen(&answer, words) {
            Ok(chosen) => return chosen,
            Err(_) if is_over => return vec![0],
            Err(word) => ui.say_always(&format!("there is no `{}`", crate::ui::visible(&word))),
        }
    }
}

#[cfg(feature = "cargo-migrate")]
fn chosen(answer: &str, words: &[&str]) -> Result<Vec<usize>, String> {
    let mut chosen = Vec::new();
    for word in answer.split([',', ' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()) {
        let is_meant = |known: &&str| known.eq_ignore_ascii_case(word);
        let at = words.iter().position(is_meant).ok_or_else(|| word.to_owned())?;
        if !chosen.contains(&at) {
            chosen.push(at);
        }
    }
    Ok(if chosen.is_empty() { vec![0] } else { chosen })
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

    #[cfg(feature = "cargo-migrate")]
    #[test]
    fn a_choice_is_a_list_of_known_words() {
        let check = |answer: &str, expected: Result<&[usize], &str>| {
            let expected = expected.map(<[usize]>::to_vec).map_err(str::to_owned);
            assert_eq!(chosen(answer, &["sqlite", "postgres", "mysql"]), expected, "{answer}");
        };
        check("\n", Ok(&[0]));
        check("postgres\r\n", Ok(&[1]));
        check("MySQL, postgres mysql", Ok(&[2, 1]));
        check("oracle", Err("oracle"));
    }
}
