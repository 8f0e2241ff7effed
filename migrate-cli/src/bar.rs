//! A bar that counts steps, on the last line of a terminal.
//!
//! It is drawn over and over with nothing but carriage returns and blanks, which every terminal obeys, also where
//! colours are turned off.

use std::io::{self, IsTerminal};

use crate::config::is_dumb_terminal;

/// How many columns the bar itself has.
const BAR: usize = 24;

/// How wide a terminal is that does not say so.
const WIDTH: usize = 80;

/// The bar, and what stands on the terminal of it.
#[derive(Debug)]
pub(crate) struct Bar {
    done: usize,
    steps: usize,
    message: String,
    /// How many columns of the last line it has taken.
    drawn: usize,
    columns: fn() -> usize,
}

impl Bar {
    /// A bar for so many steps, which is not drawn yet.
    pub(crate) fn new(steps: usize, columns: fn() -> usize) -> Self {
        Bar { done: 0, steps, message: String::new(), drawn: 0, columns }
    }

    /// What draws it with another message.
    pub(crate) fn message(&mut self, message: &str) -> String {
        message.clone_into(&mut self.message);
        self.clear() + &self.draw()
    }

    /// What writes `line` above it when one more step is done; the bar goes with the last one.
    pub(crate) fn step(&mut self, line: &str) -> String {
        self.done += 1;
        let cleared = self.clear();
        let bar = if self.done < self.steps { self.draw() } else { String::new() };
        format!("{cleared}{line}\n{bar}")
    }

    /// What takes it away.
    pub(crate) fn clear(&mut self) -> String {
        match std::mem::take(&mut self.drawn) {
            0 => String::new(),
            drawn => format!("\r{:drawn$}\r", ""),
        }
    }

    /// What draws it where nothing stands.
    pub(crate) fn draw(&mut self) -> String {
        let full = (BAR * self.done).checked_div(self.steps).unwrap_or(BAR).min(BAR);
        let (full, rest) = ("█".repeat(full), "░".repeat(BAR - full));
        let line = format!("{full}{rest} {}/{} {}", self.done, self.steps, self.message);
        // In the last column the cursor of some terminals goes to the next line.
        let room = (self.columns)().saturating_sub(1);
        let line: String = line.chars().filter(|c| !c.is_control()).take(room).collect();
        self.drawn = line.chars().count();
        line
    }
}

/// Whether stderr is a terminal on which a line can be drawn again.
pub(crate) fn is_possible() -> bool {
    io::stderr().is_terminal() && !is_dumb_terminal()
}

/// How wide the terminal is now.
pub(crate) fn columns() -> usize {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(WIDTH, |(terminal_size::Width(columns), _)| usize::from(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_up() {
        let mut bar = Bar::new(4, || 40);
        assert_eq!(bar.message("one"), "░░░░░░░░░░░░░░░░░░░░░░░░ 0/4 one");
        let blank = " ".repeat(32);
        assert_eq!(
            bar.step("one: done"),
            format!("\r{blank}\rone: done\n██████░░░░░░░░░░░░░░░░░░ 1/4 one")
        );
        bar.step("two: done");
        bar.step("three: done");
        // It is gone with the last step, and nothing is left to take away.
        assert_eq!(bar.step("four: done"), format!("\r{blank}\rfour: done\n"));
        assert_eq!(bar.clear(), "");
    }

    #[test]
    fn a_bar_is_no_wider_than_the_terminal() {
        let mut bar = Bar::new(2, || 37);
        let drawn = bar.message("Running upgrade ae10 -> 3f2a");
        assert_eq!(drawn, "░░░░░░░░░░░░░░░░░░░░░░░░ 0/2 Running");
        assert_eq!(drawn.chars().count(), 36);
        let mut narrow = Bar::new(2, || 0);
        assert_eq!(narrow.message("one"), "");
    }

    #[test]
    fn a_shorter_message_leaves_nothing_of_a_longer_one() {
        let mut bar = Bar::new(2, || 80);
        let long = bar.message("a long message").chars().count();
        assert!(bar.message("short").starts_with(&format!("\r{}\r", " ".repeat(long))));
    }
}
