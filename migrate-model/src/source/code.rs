//! Code inside a migration, as text that only a change of the code changes.
//!
//! A `run` op holds a closure, which no checksum can look into; its tokens
//! stand for it. They are printed here by hand, because how `proc_macro` spaces
//! tokens is nobody's promise.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens, one space between each two, without trailing commas.
///
/// Formatting, comments and line ends change nothing.
pub fn canonical(tokens: TokenStream) -> String {
    let mut text = String::new();
    print(tokens, &mut text);
    text
}

/// The canonical arguments of every `.run(…)` and `code!(…)`, a line each, with
/// the `.or(…)` and `.undo(…)` that follow a `.run(…)`.
pub(super) fn code(body: TokenStream) -> String {
    let mut found = Vec::new();
    collect(body, &mut found);
    found.join("\n")
}

fn print(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        // rustfmt adds a comma where it breaks a list, and takes it away again.
        if is(&token, ',') && tokens.peek().is_none() {
            break;
        }
        match token {
            TokenTree::Group(group) => {
                let (open, close) = delimiters(&group);
                word(open, text);
                print(group.stream(), text);
                word(close, text);
            }
            // A literal over several lines holds the line ends of its file.
            TokenTree::Literal(literal) => word(&literal.to_string().replace("\r\n", "\n"), text),
            TokenTree::Ident(ident) => word(&ident.to_string(), text),
            TokenTree::Punct(punct) => word(punct.as_char().encode_utf8(&mut [0; 4]), text),
        }
    }
}

fn word(word: &str, text: &mut String) {
    if !text.is_empty() && !word.is_empty() {
        text.push(' ');
    }
    text.push_str(word);
}

fn delimiters(group: &Group) -> (&'static str, &'static str) {
    match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn collect(tokens: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if let Some((arguments, after)) = method(first, after, &["run"]) {
            found.push(canonical(arguments));
            rest = chain(after, found);
        } else if let [TokenTree::Punct(bang), TokenTree::Group(group), after @ ..] = after
            && bang.as_char() == '!'
            && matches!(first, TokenTree::Ident(word) if word == "code")
        {
            found.push(canonical(group.stream()));
            rest = after;
        } else if let TokenTree::Group(group) = first {
            collect(group.stream(), found);
        }
    }
}

/// The methods called on the handle of a `run`.
fn chain<'a>(mut rest: &'a [TokenTree], found: &mut Vec<String>) -> &'a [TokenTree] {
    while let [first @ TokenTree::Punct(_), after @ ..] = rest {
        if let Some((arguments, after)) = method(first, after, &["or", "undo"]) {
            found.push(canonical(arguments));
            rest = after;
        } else if let [TokenTree::Ident(_), TokenTree::Group(group), after @ ..] = after
            && is(first, '.')
        {
            collect(group.stream(), found);
            rest = after;
        } else {
            break;
        }
    }
    rest
}

/// The arguments of `.name(…)`, and what follows.
fn method<'a>(
    dot: &TokenTree,
    after: &'a [TokenTree],
    names: &[&str],
) -> Option<(TokenStream, &'a [TokenTree])> {
    match after {
        [TokenTree::Ident(word), TokenTree::Group(group), after @ ..]
            if is(dot, '.') && names.iter().any(|name| word == name) =>
        {
            Some((group.stream(), after))
        }
        _ => None,
    }
}

fn is(token: &TokenTree, punctuation: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == punctuation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &str) {
        assert_eq!(code(body.parse().unwrap()), expected, "{body}");
    }

    #[test]
    fn code_is_what_run_and_code_are_given() {
        check(r#"op.drop_table("orders");"#, "");
        check(r#"op.run("fill", |c| fill(c));"#, r#""fill" , | c | fill ( c )"#);
        check(r#"op.run("a", |c| x(c)).or(|c| y(c));"#, "\"a\" , | c | x ( c )\n| c | y ( c )");
        check(r#"op.run("a", f).sql(Postgres, "…").undo(g);"#, "\"a\" , f\ng");
        check(r#"op.run("a", code!(|c| x(c)));"#, r#""a" , code ! ( | c | x ( c ) )"#);
        check("let f = code!(|c| x(c));", "| c | x ( c )");
        check(r#"op.only(Postgres, |op| { op.run("a", f); });"#, r#""a" , f"#);
    }

    #[test]
    fn formatting_comments_and_line_ends_change_nothing() {
        let code = r#""a" , | c | { x ( c ) ; y ( c , 1 ) }"#;
        check(r#"op.run("a", |c| { x(c); y(c, 1) })"#, code);
        check("op.run(\r\n    \"a\",\r\n    |c| {\r\n x(c); // why\r\n y(c, 1,) },\r\n)", code);
        check("op.run(\"a\r\nb\", f)", "\"a\nb\" , f");
        check("op.run(\"a\nb\", f)", "\"a\nb\" , f");
    }
}
