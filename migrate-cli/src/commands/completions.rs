//! `migrate completions SHELL` and `cargo migrate completions SHELL`: what a shell completes words with.

use clap::Command;
use clap_complete::{Shell, generate};

use crate::ui::Ui;

/// Prints the script of `shell` for `command`, which is typed as `program`.
pub(crate) fn print(ui: &mut Ui, shell: Shell, mut command: Command, program: &str) {
    let mut script = Vec::new();
    generate(shell, &mut command, program, &mut script);
    ui.result(String::from_utf8_lossy(&script).trim_end());
}
