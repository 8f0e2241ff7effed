//! One column: its type, as Diesel and `#[sql_type = "…"]` say it, and its attributes.

use diesel_table_macro_syntax::{ColumnDef, TableDecl};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Error, GenericArgument, Ident, LitInt, LitStr, Meta, PathArguments, Result, Token, Type,
    TypePath,
};

use super::arguments::{
    Behind, Said, Word, each, miswritten, number, once, ours, text, unknown, value, word,
};
use super::{Declared, Link, comment, literal, types};
use crate::catalog::build::NewColumn;
use crate::catalog::{Column, DefaultValue, Generated, Identity, NewIndex, SqlType, Value};
use crate::nearest;

/// What stands above a column.
const WORDS: [Word; 12] = [
    DEFAULT,
    Word { name: "unique", example: "#[unique], or #[unique(name = \"one_email\")]" },
    Word { name: "index", example: "#[index], or #[index(name = \"by_email\", unique)]" },
    Word { name: "check", example: "#[check(\"quantity > 0\")]" },
    REFERENCES,
    Word {
        name: "numeric",
        example: "#[numeric(12, 2)], the digits in all and those behind the point",
    },
    Word { name: "precision", example: "#[precision = 3], the digits behind the second" },
    Word { name: "sql_type", example: "#[sql_type = \"ltree\"]" },
    Word { name: "identity", example: "#[identity], or #[identity(always, start = 1000)]" },
    Word { name: "generated", example: "#[generated(\"price * quantity\")]" },
    Word { name: "collate", example: "#[collate = \"C\"]" },
    Word { name: "renamed_from", example: "#[renamed_from = \"qty\"]" },
];

const DEFAULT: Word =
    Word { name: "default", example: "#[default(0)], or #[default(sql = \"now()\")]" };

const REFERENCES: Word =
    Word { name: "references", example: "#[references(users(id), on_delete = cascade)]" };

/// What people look for here under another name.
const ELSEWHERE: [(&str, &str); 16] = [
    ("foreign_key", "above a column it is #[references(users(id))]"),
    ("primary_key", "the key stands behind the name of the table: orders (id) { … }"),
    ("auto_increment", "a column that counts itself up says #[identity]"),
    ("autoincrement", "a column that counts itself up says #[identity]"),
    ("serial", "a column that counts itself up says #[identity]"),
    ("not_null", "a column holds no NULL unless its type is Nullable<…>"),
    ("null", "a column may hold NULL where its type is Nullable<…>"),
    ("nullable", "a column may hold NULL where its type is Nullable<…>"),
    ("comment", "a doc comment is the comment"),
    ("length", "it is #[max_length = 40]"),
    ("decimal", "it is #[numeric(12, 2)]"),
    ("default_sql", "it is #[default(sql = \"…\")]"),
    ("computed", "it is #[generated(\"…\")]"),
    ("collation", "it is #[collate = \"…\"]"),
    ("max_length", "it is given twice"),
    ("sql_name", "it is given twice"),
];

/// A column of `schema!`, with what comes behind the table or is no part of it.
pub(super) struct FoundColumn<'a> {
    pub(super) new: NewColumn,
    pub(super) indexes: Vec<(Span, NewIndex)>,
    pub(super) links: Vec<Link<'a>>,
    /// The names that it had.
    pub(super) renamed_from: Vec<String>,
}

impl Declared {
    /// A column of `table!`.
    pub(super) fn diesels_column(&self, def: &ColumnDef) -> Result<Column> {
        let (path, nullable) = without_null(&def.tpe)?;
        let sql_type = self.sql_type(path, length(def)?)?;
        Ok(Column { nullable, ..Column::new(&def.sql_name, sql_type) })
    }

    /// A column of `schema!`.
    pub(super) fn whole_column<'a>(
        &'a self,
        def: &'a ColumnDef,
        decl: &'a TableDecl,
    ) -> Result<FoundColumn<'a>> {
        let said = ours(&def.meta, &WORDS, "a column", &ELSEWHERE)?;
        let nullable = without_null(&def.tpe)?.1;
        if nullable && super::table::key(decl).contains(&&def.column_name) {
            let message = format!(
                "`{}` is in the key, which holds no NULL: take `Nullable` away",
                def.column_name
            );
            return Err(Error::new_spanned(&def.tpe, message));
        }
        let mut new = NewColumn::from(Column {
            nullable,
            comment: comment(&def.meta),
            ..Column::new(&def.sql_name, self.exact_type(def, &said)?)
        });
        let column = &mut new.column;
        if let Some(said) = once(&said, "collate")? {
            column.collation = Some(value(said)?.value());
        }
        let mut filled: Option<Said<'_>> = None;
        for one in ["default", "identity", "generated"] {
            let Some(said) = once(&said, one)? else { continue };
            match one {
                "default" => column.default = Some(self.default(said, &column.sql_type)?),
                "identity" => column.identity = Some(identity(said, &column.sql_type)?),
                _ => column.generated = Some(generated(said)?),
            }
            if let Some((first, _)) = filled {
                let message =
                    format!("a column has `{}` or `{}`, not both", first.name, said.0.name);
                return Err(Error::new(said.1.path().span(), message));
            }
            filled = Some(said);
        }
        let (mut indexes, mut links, mut renamed_from) = (Vec::new(), Vec::new(), Vec::new());
        for said in said {
            match said.0.name {
                "unique" => new.constraints.push(self.unique(said, decl, Some(def))?.into()),
                "index" => indexes.push((said.1.path().span(), self.index(said, decl, Some(def))?)),
                "check" => new.constraints.push(self.check(said)?.into()),
                "references" => {
                    let (key, link) = self.foreign_key(said, decl, Some(def))?;
                    new.constraints.push(key.into());
                    links.push(link);
                }
                "renamed_from" => renamed_from.push(value(said)?.value()),
                _ => {}
            }
        }
        Ok(FoundColumn { new, indexes, links, renamed_from })
    }

    /// The type that Diesel's name, and what it leaves out, say together.
    fn exact_type(&self, def: &ColumnDef, said: &[Said<'_>]) -> Result<SqlType> {
        let (exact, numeric, precision) =
            (once(said, "sql_type")?, once(said, "numeric")?, once(said, "precision")?);
        if let Some(exact) = exact {
            if let Some((word, other)) = numeric.or(precision) {
                let message =
                    format!("`sql_type` says all of the type, so `{}` says nothing", word.name);
                return Err(Error::new(other.path().span(), message));
            }
            if let Some(length) = &def.max_length {
                // Diesel checks what is inserted by it, so it may stand beside the type.
                length.base10_parse::<u32>()?;
            }
            return Ok(self.spelled(value(exact)?.value().trim()));
        }
        let (path, _) = without_null(&def.tpe)?;
        let length = length(def)?;
        let sql_type = self.sql_type(path, length)?;
        let element = element(&sql_type);
        let misfit = |(word, attribute): Said<'_>, of: &str| {
            let message = format!("`{}` is of {of}, and this column is {sql_type}", word.name);
            Error::new(attribute.path().span(), message)
        };
        let takes_length = matches!(
            element,
            SqlType::Varchar(_) | SqlType::Char(_) | SqlType::Text | SqlType::Custom(_)
        );
        if let Some(length) = &def.max_length
            && !takes_length
        {
            let message = format!("`max_length` is of a text, and this column is {sql_type}");
            return Err(Error::new(length.span(), message));
        }
        if let Some(numeric) = numeric {
            if !matches!(element, SqlType::Numeric(_)) {
                return Err(misfit(numeric, "a `Numeric`"));
            }
            return Ok(with_element(&sql_type, SqlType::Numeric(Some(digits(numeric)?))));
        }
        if let Some(precision) = precision {
            let digits = if let Meta::NameValue(pair) = &precision.1.meta
                && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(digits), .. }) = &pair.value
            {
                digits.base10_parse::<u8>().ok()
            } else {
                None
            };
            let digits = digits.ok_or_else(|| miswritten(precision))?;
            if !matches!(element, SqlType::Time { .. } | SqlType::Timestamp { .. }) {
                return Err(misfit(precision, "a time"));
            }
            let exact = crate::catalog::types::precision(element.clone(), digits);
            return Ok(with_element(&sql_type, exact));
        }
        Ok(sql_type)
    }

    /// The type that SQL spells so: an enum that is declared here, or another one.
    fn spelled(&self, text: &str) -> SqlType {
        let mut enums = self.enums.iter().map(|one| &one.new.name).chain(self.customs.values());
        if let Some(name) = enums.find(|name| name.to_string() == text) {
            return SqlType::Enum(name.clone());
        }
        if let Some(of) = text.strip_suffix("[]")
            && let of @ (SqlType::Enum(_) | SqlType::Array(_)) = self.spelled(of)
        {
            return SqlType::Array(Box::new(of));
        }
        types::spelled(text)
    }

    /// The type that a path names.
    fn sql_type(&self, path: &TypePath, length: Option<u32>) -> Result<SqlType> {
        if let Some(inner) = wrapped(path, "Array")? {
            // Whether an element may be NULL, no database keeps.
            let inner = wrapped(inner, "Nullable")?.unwrap_or(inner);
            return Ok(SqlType::Array(Box::new(self.sql_type(inner, length)?)));
        }
        if let Some(inner) = wrapped(path, "Unsigned")? {
            return Ok(SqlType::Unsigned(Box::new(self.sql_type(inner, None)?)));
        }
        for (word, make) in
            [("Range", SqlType::Range as fn(_) -> SqlType), ("Multirange", SqlType::Multirange)]
        {
            if let Some(inner) = wrapped(path, word)? {
                let of = types::range_of(&self.sql_type(inner, None)?);
                return of
                    .map(make)
                    .ok_or_else(|| Error::new_spanned(path, "no database has this range"));
            }
        }
        let name = last(path)?.to_string();
        if let Some(of) = self.customs.get(&name) {
            return Ok(SqlType::Enum(of.clone()));
        }
        let is_named = |one: &&super::Enum| types::camel(&one.new.name.name) == name;
        if let Some(of) = self.enums.iter().find(is_named) {
            return Ok(SqlType::Enum(of.new.name.clone()));
        }
        match types::plain(&name, length) {
            Some(known) => Ok(known),
            None => self.unknown_type(path, &name),
        }
    }

    /// A type that neither Diesel nor this place knows: one that was declared elsewhere, or a slip of the hand.
    fn unknown_type(&self, path: &TypePath, name: &str) -> Result<SqlType> {
        let declared = match &self.imports {
            Some(imports) => {
                let is_imported =
                    path.path.segments.len() > 1 || imports.all || imports.names.contains(name);
                if is_imported {
                    return Ok(SqlType::Custom(name.to_owned()));
                }
                format!(
                    "one that is declared elsewhere is imported in front of the tables: use crate::…::{name};"
                )
            }
            None => format!(
                "one of the database's own is declared in this file: \
                 #[diesel(postgres_type(name = \"…\"))] pub struct {name};"
            ),
        };
        let enums: Vec<String> =
            self.enums.iter().map(|one| types::camel(&one.new.name.name)).collect();
        let known = self.customs.keys().chain(&enums).map(String::as_str);
        let meant = nearest(name, types::NAMES.iter().copied().chain(known));
        let way = meant.map_or(declared, |meant| format!("did you mean `{meant}`?"));
        Err(Error::new_spanned(path, format!("nobody knows the type `{name}`; {way}")))
    }

    /// `#[default(0)]`, `#[default(now)]`, `#[default(sql = "…")]`
    fn default(&self, said: Said<'_>, sql_type: &SqlType) -> Result<DefaultValue> {
        let mut default = None;
        each(said, |input| {
            if default.is_some() {
                return Err(input.error("a column has one default"));
            }
            if !input.peek(Ident::peek_any) || input.peek(syn::LitBool) {
                let (value, span) = literal::literal(input, sql_type).map_err(|error| {
                    Error::new(error.span(), format!("`default` is written {}", DEFAULT.example))
                })?;
                default = Some(DefaultValue::Value(self.checked(value, span, sql_type)?));
                return Ok(());
            }
            let (word, behind) = word(input, said)?;
            default = Some(match (word.to_string().as_str(), behind) {
                ("sql", Behind::Value) => DefaultValue::Expression(text(input, &word)?),
                ("now", Behind::Nothing) => {
                    DefaultValue::Expression(now(&word, sql_type)?.to_owned())
                }
                (_, _) => return Err(unknown(&word, said, &["sql = \"…\"", "now"])),
            });
            Ok(())
        })?;
        default.ok_or_else(|| miswritten(said))
    }

    /// A value that the type takes.
    fn checked(&self, value: Option<Value>, span: Span, sql_type: &SqlType) -> Result<Value> {
        let value = value.filter(|value| sql_type.takes(&DefaultValue::Value(value.clone())));
        let Some(value) = value else {
            let message = format!(
                "this can't be the default of a column that is {sql_type}; an expression is written #[default(sql = \"…\")]"
            );
            return Err(Error::new(span, message));
        };
        if let (SqlType::Enum(name), Value::Text(text)) = (sql_type, &value)
            && let Some(of) = self.enums.iter().find(|one| one.new.name == *name)
            && !of.new.values.contains(text)
        {
            let values = of.new.values.iter().map(String::as_str);
            let meant = match nearest(text, values.clone()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there are {}", values.collect::<Vec<_>>().join(", ")),
            };
            return Err(Error::new(span, format!("`{name}` has no value `{text}`; {meant}")));
        }
        Ok(value)
    }
}

fn now(word: &Ident, sql_type: &SqlType) -> Result<&'static str> {
    if matches!(sql_type, SqlType::Date) {
        return Ok("CURRENT_DATE");
    }
    if matches!(sql_type, SqlType::Time { .. }) {
        return Ok("CURRENT_TIME");
    }
    if matches!(sql_type, SqlType::Timestamp { .. } | SqlType::Custom(_)) {
        return Ok("CURRENT_TIMESTAMP");
    }
    let message = format!("only a date or time can default to now, and this column is {sql_type}");
    Err(Error::new(word.span(), message))
}

fn identity(said: Said<'_>, sql_type: &SqlType) -> Result<Identity> {
    if !sql_type.is_integer() {
        let message =
            format!("only an integer column can be an identity column, this one is {sql_type}");
        return Err(Error::new(said.1.path().span(), message));
    }
    let mut identity = Identity::default();
    each(said, |input| {
        let (word, behind) = word(input, said)?;
        match (word.to_string().as_str(), behind) {
            ("always", Behind::Nothing) => identity.always = true,
            ("start", Behind::Value) => identity.start = Some(number(input, &word)?),
            ("increment", Behind::Value) => identity.increment = Some(number(input, &word)?),
            (_, _) => {
                return Err(unknown(&word, said, &["always", "start = 1000", "increment = 10"]));
            }
        }
        Ok(())
    })?;
    Ok(identity)
}

/// `#[generated("price * quantity")]`, `#[generated("…", when_read)]`
fn generated(said: Said<'_>) -> Result<Generated> {
    let mut expression = None;
    let mut stored = true;
    each(said, |input| {
        if input.peek(LitStr) && expression.is_none() {
            expression = Some(input.parse::<LitStr>()?.value());
            return Ok(());
        }
        let (word, behind) = word(input, said)?;
        match (word.to_string().as_str(), behind) {
            (_, Behind::Nothing) if expression.is_none() => return Err(miswritten(said)),
            ("when_read", Behind::Nothing) => stored = false,
            ("stored", Behind::Nothing) => stored = true,
            (_, _) => return Err(unknown(&word, said, &["when_read", "stored"])),
        }
        Ok(())
    })?;
    let expression = expression.ok_or_else(|| miswritten(said))?;
    Ok(Generated { expression, stored })
}

/// `#[numeric(12, 2)]`
fn digits(said: Said<'_>) -> Result<(u16, i16)> {
    let mut numbers = Vec::new();
    each(said, |input| {
        let minus = input.parse::<Option<Token![-]>>()?.map_or("", |_| "-");
        let digits: LitInt = input.parse().map_err(|_| miswritten(said))?;
        numbers.push(format!("{minus}{}", digits.base10_digits()));
        Ok(())
    })?;
    let digits = match numbers.as_slice() {
        [precision] => precision.parse().ok().map(|precision| (precision, 0)),
        [precision, scale] => precision.parse().ok().zip(scale.parse().ok()),
        _ => None,
    };
    digits.ok_or_else(|| miswritten(said))
}

fn length(def: &ColumnDef) -> Result<Option<u32>> {
    def.max_length.as_ref().map(LitInt::base10_parse).transpose()
}

/// What an array holds, or the type itself.
fn element(sql_type: &SqlType) -> &SqlType {
    if let SqlType::Array(of) = sql_type { element(of) } else { sql_type }
}

/// The type with another element.
fn with_element(sql_type: &SqlType, other: SqlType) -> SqlType {
    if let SqlType::Array(of) = sql_type {
        return SqlType::Array(Box::new(with_element(of, other)));
    }
    other
}

/// The type without the `Nullable` of the column, and whether it had one.
fn without_null(path: &TypePath) -> Result<(&TypePath, bool)> {
    Ok(wrapped(path, "Nullable")?.map_or((path, false), |inner| (inner, true)))
}

/// The type in `word<…>`, if this is one.
fn wrapped<'t>(path: &'t TypePath, word: &str) -> Result<Option<&'t TypePath>> {
    let Some(segment) = path.path.segments.last().filter(|segment| segment.ident == word) else {
        return Ok(None);
    };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Err(Error::new_spanned(path, format!("`{word}` takes a type: `{word}<…>`")));
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(Type::Path(inner))) if arguments.args.len() == 1 => {
            Ok(Some(inner))
        }
        _ => Err(Error::new_spanned(path, format!("`{word}` takes one type: `{word}<…>`"))),
    }
}

fn last(path: &TypePath) -> Result<&Ident> {
    match path.path.segments.last() {
        Some(segment) if segment.arguments.is_none() => Ok(&segment.ident),
        Some(segment) => {
            Err(Error::new_spanned(path, format!("nobody knows the type `{}<…>`", segment.ident)))
        }
        None => Err(Error::new_spanned(path, "a type is missing")),
    }
}
