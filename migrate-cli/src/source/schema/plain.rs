//! Whether a file holds what `print-schema` writes and nothing else, so that it can be written anew.

use std::ops::Range;
use std::str::FromStr;

use diesel_table_macro_syntax::TableDecl;
use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Item, ItemMacro, ItemMod, UseTree};

/// What would be lost if a file were written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    /// Where it stands, from 1.
    pub(crate) line: usize,
    /// Its beginning.
    pub(crate) what: String,
}

/// The first thing in a file that a printed schema doesn't hold. An error, in words, where it is no Rust.
pub(crate) fn own(text: &str) -> Result<Option<Own>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tokens = TokenStream::from_str(text).map_err(|error| {
        format!(
            "line {}: a quote, comment or bracket is not closed or never opened",
            error.span().start().line
        )
    })?;
    let file: syn::File = syn::parse2(tokens.clone())
        .map_err(|error| format!("line {} is no Rust", error.span().start().line))?;
    let at = |place: usize| {
        let line = text[..place].matches('\n').count() + 1;
        let what = text[place..].lines().next().unwrap_or_default().trim_end().chars().take(60);
        Own { line, what: what.collect() }
    };
    let mut places: Vec<usize> = comments(text, tokens);
    let mut see = |spanned: &dyn Spanned| places.push(spanned.span().byte_range().start);
    file.attrs.iter().for_each(|attribute| see(attribute));
    file.items.iter().filter(|item| !is_printed(item)).for_each(|item| see(item));
    Ok(places.into_iter().min().map(at))
}

fn is_printed(item: &Item) -> bool {
    if let Item::Macro(call) = item {
        return is_printed_call(call);
    }
    let Item::Mod(module) = item else { return false };
    // Another one is that of a schema which `diesel.toml` names.
    module.ident == "sql_types" && is_sql_types(module)
        || module.attrs.is_empty()
            && module.content.as_ref().is_some_and(|(_, items)| items.iter().all(is_printed))
}

fn is_printed_call(call: &ItemMacro) -> bool {
    let name = call.mac.path.segments.last().map(|segment| segment.ident.to_string());
    call.attrs.is_empty()
        && match name.as_deref() {
            Some("table") => call.mac.parse_body().is_ok_and(|table| is_printed_table(&table)),
            Some("joinable" | "allow_tables_to_appear_in_same_query") => true,
            Some(_) | None => false,
        }
}

fn is_printed_table(table: &TableDecl) -> bool {
    let mut attributes =
        table.meta.iter().chain(table.column_defs.iter().flat_map(|column| &column.meta));
    attributes.all(|attribute| {
        attribute.path().is_ident("sql_name") || attribute.path().is_ident("max_length")
    }) && table.use_statements.iter().all(|import| is_printed_import(&import.tree))
}

/// `diesel::sql_types::*` and `super::sql_types::Name`.
fn is_printed_import(tree: &UseTree) -> bool {
    let (mut words, mut tree) = (Vec::new(), tree);
    while let UseTree::Path(path) = tree {
        words.push(path.ident.to_string());
        tree = &path.tree;
    }
    match tree {
        UseTree::Glob(_) => words == ["diesel", "sql_types"],
        UseTree::Name(_) => words == ["super", "sql_types"],
        UseTree::Path(_) | UseTree::Rename(_) | UseTree::Group(_) => false,
    }
}

fn is_sql_types(module: &ItemMod) -> bool {
    let is_struct = |item: &Item| matches!(item, Item::Struct(one) if one.fields.is_empty());
    module.attrs.is_empty()
        && module.content.as_ref().is_some_and(|(_, items)| items.iter().all(is_struct))
}

/// Where comments begin, but that of who wrote the file. They are what stands between tokens and is no blank.
fn comments(text: &str, tokens: TokenStream) -> Vec<usize> {
    let mut ranges = Vec::new();
    ranges_of(tokens, &mut ranges);
    ranges.push(text.len()..text.len());
    let mut places = Vec::new();
    let mut before = 0;
    for range in ranges {
        let between = text.get(before..range.start).unwrap_or_default();
        let mut place = before;
        for line in between.split_inclusive('\n') {
            let is_ours = line.starts_with("// @generated");
            if !line.trim().is_empty() && !is_ours {
                places.push(place + (line.len() - line.trim_start().len()));
            }
            place += line.len();
        }
        before = range.end.max(before);
    }
    places
}

fn ranges_of(tokens: TokenStream, ranges: &mut Vec<Range<usize>>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                ranges.push(group.span_open().byte_range());
                ranges_of(group.stream(), ranges);
                ranges.push(group.span_close().byte_range());
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                ranges.push(token.span().byte_range());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "diesel::table! {\n    orders (id) {\n        id -> Int8,\n    }\n}\n";

    #[test]
    fn what_was_printed_may_be_written_anew() {
        let check = |text: &str| assert_eq!(own(text), Ok(None), "{text}");
        check("");
        check("// @generated automatically by Diesel CLI.\n");
        check(&format!("\u{feff}// @generated automatically by Diesel CLI.\r\n\r\n{TABLE}"));
        check(&format!(
            "{TABLE}joinable!(a -> b (c));\nallow_tables_to_appear_in_same_query!(a, b);"
        ));
        check(&format!("pub mod audit {{ {TABLE} }}"));
        check(
            "pub mod sql_types {\n    #[derive(SqlType)]\n    #[diesel(postgres_type(name = \"s // t\"))]\n    pub struct S;\n}\n\
             table! {\n    use diesel::sql_types::*;\n    use super::sql_types::S;\n\n    #[sql_name = \"o d\"]\n    o (id) { #[max_length = 4] id -> S, }\n}",
        );
    }

    #[test]
    fn what_would_be_lost_is_found() {
        let check = |text: &str, line: usize, what: &str| {
            assert_eq!(own(text), Ok(Some(Own { line, what: what.to_owned() })), "{text}");
        };
        check("use diesel::prelude::*;", 1, "use diesel::prelude::*;");
        check(&format!("{TABLE}\n// by hand\n"), 7, "// by hand");
        check(&format!("{TABLE} /* by hand */"), 6, "/* by hand */");
        check(&TABLE.replace("Int8,", "Int8, // the key"), 3, "// the key");
        check(
            &TABLE.replace("    orders", "    /// All of them.\n    orders"),
            1,
            "diesel::table! {",
        );
        check(
            &TABLE.replace("    orders", "    use crate::Money;\n    orders"),
            1,
            "diesel::table! {",
        );
        check(&format!("{TABLE}schema! {{ orders {{ }} }}"), 6, "schema! { orders { } }");
        check(&format!("#![allow(unused)]\n{TABLE}"), 1, "#![allow(unused)]");
        check(&format!("#[rustfmt::skip]\n{TABLE}"), 1, "#[rustfmt::skip]");
        check(
            &format!("pub mod audit {{ {TABLE} fn f() {{}} }}"),
            1,
            "pub mod audit { diesel::table! {",
        );
        check(
            "pub mod sql_types { pub struct S(i32); }",
            1,
            "pub mod sql_types { pub struct S(i32); }",
        );
        check("mod other;", 1, "mod other;");
    }

    #[test]
    fn what_is_no_rust_is_said() {
        let check = |text: &str, said: &str| assert_eq!(own(text), Err(said.to_owned()), "{text}");
        check("table! {", "line 1: a quote, comment or bracket is not closed or never opened");
        check("\n<<<<<<< HEAD\n", "line 2 is no Rust");
    }
}
