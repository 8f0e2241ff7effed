//! rustfmt, which comes with Rust: what is generated stands as the project wants its code.

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// The text as rustfmt writes it in a folder, by the `rustfmt.toml` that it finds from there upwards.
///
/// # Errors
///
/// Why rustfmt did not, in a line.
pub fn formatted(text: &str, folder: &Path) -> Result<String, String> {
    formatted_by("rustfmt", text, folder)
}

fn formatted_by(program: &str, text: &str, folder: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| {
        if error.kind() == ErrorKind::NotFound {
            return format!("{program} is not installed (rustup component add rustfmt)");
        }
        format!("{program}: {error}")
    };
    // From standard input it looks for its settings in the working folder.
    let mut child = Command::new(program)
        .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    // It reads everything before it writes anything. One that ends before that says why.
    let written = match child.stdin.take() {
        Some(mut input) => input.write_all(text.as_bytes()),
        None => Ok(()),
    };
    let output = child.wait_with_output().map_err(cannot)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("no reason given");
        return Err(format!("{program}: {line}"));
    }
    written.map_err(cannot)?;
    String::from_utf8(output.stdout).map_err(|error| format!("{program}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stands_as_the_project_wants_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inner = folder.path().join("src");
        std::fs::create_dir(&inner).expect("a folder");
        let text = "fn upgrade(op:&mut Ops){ op.drop_index( \"a\" ).on(\"orders\") .if_exists(); }";
        let check = |expected: &str| assert_eq!(formatted(text, &inner).as_deref(), Ok(expected));
        check(
            "fn upgrade(op: &mut Ops) {\n    op.drop_index(\"a\").on(\"orders\").if_exists();\n}\n",
        );
        let settings = "chain_width = 20\ntab_spaces = 2\n";
        std::fs::write(folder.path().join("rustfmt.toml"), settings).expect("settings");
        check(
            "fn upgrade(op: &mut Ops) {\n  op.drop_index(\"a\")\n    .on(\"orders\")\n    .if_exists();\n}\n",
        );
    }

    #[test]
    fn what_rustfmt_did_not_do_has_a_reason() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let missing = formatted_by("no-such-rustfmt", "fn a() {}", folder.path());
        assert_eq!(
            missing,
            Err("no-such-rustfmt is not installed (rustup component add rustfmt)".to_owned())
        );
        let broken = formatted("fn a( {", folder.path()).expect_err("no Rust");
        assert!(broken.starts_with("rustfmt: error: "), "{broken}");
    }
}
