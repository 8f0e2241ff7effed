//! A file without what is inside its functions.
//!
//! To list ten thousand revisions, only attributes and doc comments are wanted, and most of a file is not that.
//! What stands in braces at the top is passed over here, byte by byte, and never becomes tokens. That is only
//! done where it can't matter: whatever is unusual, or looks like a mistake, is left to the full reading.

/// `text` with nothing between the braces of its items, if it is plainly as Rust is written.
///
/// Where this gives a text, lexing `text` gives the same tokens, but for those in the braces. The braces
/// of a `use` are left as they are, for they hold names.
pub(super) fn skim(text: &str) -> Option<String> {
    let mut skimmed = String::with_capacity(text.len());
    let mut kept = 0;
    // The brackets that are open, each as the byte that closes it.
    let mut open: Vec<u8> = Vec::new();
    let mut is_use = false;
    let mut before = b' ';
    let mut rest = Rest { bytes: text.as_bytes(), at: 0 };
    while let Some(byte) = rest.peek(0) {
        let start = rest.at;
        match byte {
            b' ' | b'\t'..=b'\r' => {
                rest.at += 1;
                continue;
            }
            b'/' if matches!(rest.peek(1), Some(b'/' | b'*')) => {
                rest.comment()?;
                continue;
            }
            b'(' => open.push(b')'),
            b'[' => open.push(b']'),
            b'{' => {
                // No attribute is written with braces.
                if open.is_empty() && before == b'#' {
                    return None;
                }
                open.push(b'}');
                if open.len() == 1 && !is_use {
                    skimmed.push_str(text.get(kept..=start)?);
                    kept = usize::MAX;
                }
            }
            b')' | b']' | b'}' => {
                if open.pop()? != byte {
                    return None;
                }
                if open.is_empty() && kept == usize::MAX {
                    kept = start;
                }
            }
            b';' if open.is_empty() => is_use = false,
            b'"' => rest.string()?,
            b'\'' => rest.quote()?,
            b'0'..=b'9' => rest.number()?,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                if rest.word()? == b"use" && open.is_empty() {
                    is_use = true;
                }
            }
            _ if b"~!@#$%^&*-=+|;:,<.>/?".contains(&byte) => {}
            _ => return None,
        }
        if rest.at == start {
            rest.at += 1;
        }
        before = byte;
    }
    skimmed.push_str(text.get(kept..).filter(|_| open.is_empty())?);
    Some(skimmed)
}

/// What is still to be read.
struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Goes to the end of the word here.
    fn run(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = rest.iter().position(|byte| !is_inside(byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Nothing stands here that could belong to the word or literal before it.
    fn apart(&self) -> Option<()> {
        let is_apart = |byte: u8| {
            byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"_\"'#".contains(&byte)
        };
        self.peek(0).is_none_or(is_apart).then_some(())
    }

    fn comment(&mut self) -> Option<()> {
        let is_block = self.peek(1) == Some(b'*');
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b'\r'), next) if next != Some(b'\n') => return None,
                (Some(b'/'), Some(b'*')) if is_block => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) if is_block => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Some(());
                    }
                }
                (Some(b'\n'), _) if !is_block => return Some(()),
                (Some(_), _) => self.at += 1,
                (None, _) => return (!is_block).then_some(()),
            }
        }
    }

    /// From a `"` to what closes it.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match (self.peek(0)?, self.peek(1)) {
                (b'"', _) => break,
                (b'\r', next) if next != Some(b'\n') => return None,
                (b'\\', Some(b'n' | b'r' | b't' | b'\\' | b'\'' | b'"' | b'0' | b'\n')) => {
                    self.at += 2;
                }
                (b'\\', _) => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.apart()
    }

    /// From the hashes of a raw string, or its `"`, to what closes it.
    fn raw_string(&mut self) -> Option<()> {
        let mut hashes = 0;
        while self.peek(hashes) == Some(b'#') {
            hashes += 1;
        }
        if self.peek(hashes) != Some(b'"') || hashes > 16 {
            return None;
        }
        self.at += hashes + 1;
        loop {
            match (self.peek(0)?, self.peek(1)) {
                (b'"', _) if (1..=hashes).all(|ahead| self.peek(ahead) == Some(b'#')) => break,
                (b'\r', next) if next != Some(b'\n') => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1 + hashes;
        self.apart()
    }

    /// A lifetime, or a character.
    fn quote(&mut self) -> Option<()> {
        self.at += match (self.peek(1)?, self.peek(2)?) {
            (b'\\', b'n' | b'r' | b't' | b'\\' | b'\'' | b'"' | b'0')
                if self.peek(3) == Some(b'\'') =>
            {
                4
            }
            (byte, b'\'') if (b' '..=b'~').contains(&byte) && byte != b'\'' && byte != b'\\' => 3,
            (byte, _) if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.at += 1;
                self.run();
                0
            }
            _ => return None,
        };
        self.apart()
    }

    fn number(&mut self) -> Option<()> {
        // Of `0x…` not every digit is one.
        if self.peek(0) == Some(b'0') && self.peek(1).is_some_and(|byte| byte.is_ascii_alphabetic())
        {
            return None;
        }
        self.run();
        self.apart()
    }

    fn word(&mut self) -> Option<&'a [u8]> {
        let word = self.run();
        match self.peek(0) {
            Some(b'"' | b'#') if word == b"r" => self.raw_string()?,
            _ => self.apart()?,
        }
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, TokenStream, TokenTree};
    use proptest::prelude::*;

    use super::super::{Migration, SourceFile};
    use super::*;

    /// What `text` comes to when it is skimmed; `-` where that is left to the full reading.
    fn check(text: &str, expected: &str) {
        let skimmed = skim(text);
        assert_eq!(skimmed.as_deref().unwrap_or("-"), expected, "{text}");
        is_as_read(text);
    }

    /// Skimming and reading in full see the same.
    fn is_as_read(text: &str) {
        let file = SourceFile::read(text);
        if let Some(skimmed) = skim(text) {
            assert!(file.is_ok(), "not Rust, but skimmed: {text:?}");
            assert_eq!(outline(&skimmed), outline(text), "{text:?}\n{skimmed:?}");
        }
        let full = file.ok().and_then(|file| file.migration().ok()?.clone().ok());
        if let Some(skimmed) = Migration::skim(text) {
            assert_eq!(Some(said(&skimmed)), full.as_ref().map(said), "{text:?}");
        }
    }

    /// The tokens, without those in braces at the top, where no `use` stands before them.
    fn outline(text: &str) -> String {
        let mut is_use = false;
        let tokens = text.parse::<TokenStream>().unwrap().into_iter();
        let words = tokens.map(|token| {
            match &token {
                TokenTree::Ident(word) if word == "use" => is_use = true,
                TokenTree::Punct(punct) if punct.as_char() == ';' => is_use = false,
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !is_use => {
                    return "{}".to_owned();
                }
                TokenTree::Ident(_)
                | TokenTree::Punct(_)
                | TokenTree::Group(_)
                | TokenTree::Literal(_) => {}
            }
            token.to_string()
        });
        words.collect::<Vec<_>>().join(" ")
    }

    fn said(migration: &Migration) -> String {
        let attribute = &migration.attribute;
        let texts = [&attribute.down_revision, &attribute.depends_on, &attribute.branch_labels];
        let texts =
            texts.map(|texts| texts.items.iter().map(|text| &text.value).collect::<Vec<_>>());
        let text =
            |text: &Option<crate::source::Text>| text.as_ref().map(|text| text.value.clone());
        format!(
            "{} {texts:?} {} {:?} {:?} {:?} {}",
            attribute.revision.value,
            attribute.transaction,
            text(&attribute.irreversible),
            text(&attribute.breaking),
            migration.message,
            migration.upgrade.name
        )
    }

    #[test]
    fn what_is_in_braces_is_passed_over() {
        check("", "");
        check("fn a() { b(); { c } }\nfn d() {}", "fn a() {}\nfn d() {}");
        check(
            "#[x(y = { 1 })] fn a(b: [u8; { 2 }]) { c }",
            "#[x(y = { 1 })] fn a(b: [u8; { 2 }]) {}",
        );
        check("mod a { fn b() {} } impl C { fn d() { '}' } }", "mod a {} impl C {}");
        check("use a::{b, c::{d}}; fn e() { f }", "use a::{b, c::{d}}; fn e() {}");
        check("fn a() -> impl B + use<'c> { d }", "fn a() -> impl B + use<'c> { d }");
        for inside in [
            "\"}\"",
            r#""\"}""#,
            r#""\\""#,
            "\"a\\\n  b\"",
            r##"r"}\""##,
            r###"r#"}"}"#"###,
            "'}'",
            r"'\''",
            "'\"'",
            "'a: loop { break 'a }",
            "// }\n",
            "/* } /* } */ } */",
            "/*/ } */",
            "/**/",
            "/***/",
            "/// }\n",
            "//! }\n",
            "/** } */",
            "1.5e-3 + 0.1 + 1_000u64 + 1..2 + 1.e()",
            "\"é}\"",
            "// é\r\n",
            "a![}{]",
            "x.y.0.1",
            "&'static str",
            "<'_>",
            "r\"a\"",
            "|a| -> b { c! { d } }",
        ] {
            let text = format!("fn a() {{ {inside} }} fn b() {{}}");
            let is_rust = text.parse::<TokenStream>().is_ok();
            check(&text, if is_rust { "fn a() {} fn b() {}" } else { "-" });
        }
    }

    #[test]
    fn what_is_unusual_is_read_in_full() {
        for inside in [
            "b\"}\"",
            "b'}'",
            "c\"}\"",
            "br#\"}\"#",
            "r#fn",
            "0x1f",
            "'é'",
            "é",
            r#""\u{7d}""#,
            r#""\x7d""#,
            "\"a\"suffix",
            "'a'b",
            "'''",
            "a\"b\"",
            "a#b",
            "1'a'",
            // Not Rust at all.
            "`",
            "\\",
            "'",
            "\"",
            r#""\q""#,
            "r#\"",
            "(]",
            "(",
            "/*",
            "\"a\rb\"",
            "/// a\rb\n",
            "0b2",
            "}",
            "\u{feff}",
            "'ab'",
            "// }",
        ] {
            check(&format!("fn a() {{ {inside} }}"), "-");
        }
        check("\u{feff}fn a() {}", "-");
        check("#{migration()} fn upgrade() {}", "-");
        check("fn a() {", "-");
    }

    #[test]
    fn a_migration_is_the_same_however_it_is_read() {
        let full = "//! Ü\r\n#![allow(x)]\nuse a::{b};\n/// Add { notes\n///\n/** to \"orders\" */\n\
            #[migrate_core::migration(revision = \"b\", down_revision = [\"a\", r#\"c\"#],\n\
            transaction = false, breaking = \"}\")]\npub fn upgrade(op: &mut Ops) { op.execute(r#\"}{\"#); }\n\
            fn downgrade(op: &mut Ops) { let a = '{'; }\n";
        let skimmed = Migration::skim(full).map(|migration| said(&migration));
        let expected = "b [[\"a\", \"c\"], [], []] false None Some(\"}\") \
            \"Add { notes\\n\\nto \\\"orders\\\"\" upgrade";
        assert_eq!(skimmed.as_deref(), Some(expected));
        is_as_read(full);
        // A fault is for the full reading, which knows its place.
        for text in
            ["", "#[migration] fn a() {}", "#[migration(revision = 1)] fn a() {}", &full.repeat(2)]
        {
            assert!(Migration::skim(text).is_none(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn any_text_is_skimmed_as_it_is_read(pieces in proptest::collection::vec(
            prop_oneof![
                prop_oneof![Just("{"), Just("}"), Just("("), Just(")"), Just("["), Just("]")],
                prop_oneof![Just("\""), Just("'"), Just("r\""), Just("r#\""), Just("\"#"), Just("b'"), Just("c\"")],
                prop_oneof![Just("//"), Just("/*"), Just("*/"), Just("///"), Just("/"), Just("\n"), Just("\r"), Just("\r\n")],
                prop_oneof![Just("\\"), Just("a"), Just("use"), Just("fn"), Just("r"), Just("#"), Just("!"), Just(";"), Just(" ")],
                prop_oneof![Just("0"), Just("1.5"), Just("e"), Just("x"), Just("_"), Just("é"), Just("\u{200e}"), Just("."), Just("-")],
                prop_oneof![
                    Just("#[migration(revision = \"b\", down_revision = None)]\n"), Just("/// a\n"),
                    Just("pub fn upgrade(op: &mut Ops) {"), Just("\\n"), Just("'a'"), Just("\"{\""),
                ],
            ],
            0..24,
        )) {
            is_as_read(&pieces.concat());
        }
    }
}
