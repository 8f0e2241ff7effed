//! Names for constraints and indexes that were given none.
//!
//! Without a convention they are the ones that PostgreSQL itself would choose (`orders_pkey`,
//! `orders_email_key`, `orders_user_id_fkey`, `orders_check`), so a database that came into being
//! without names is spoken of correctly. A [`Naming`] of one's own has a template for each kind:
//!
//! ```text
//! here                         SQLAlchemy                       what it becomes
//! {table}                      %(table_name)s                   the table, without its schema
//! {column_0}, {column_1}, …    %(column_0_name)s, …             a column, by its place
//! {columns}                    %(column_0_N_name)s              all columns, with `_` between them
//! {referred_table}             %(referred_table_name)s          where a foreign key points to
//! {referred_column_0}, …       %(referred_column_0_name)s, …    a column over there
//! {referred_columns}           %(referred_column_0_N_name)s     all columns over there
//! ```
//!
//! SQLAlchemy's kinds `ix uq ck fk pk` are [`Naming::index`], `unique`, `check`, `foreign_key` and
//! `primary_key`. Its `%(constraint_name)s` has no counterpart: a name that was given is taken as it is.
//! A token that there is nothing for becomes nothing, together with the `_` before it.
//!
//! A name that would be longer than 63 bytes, PostgreSQL's limit, is cut and ends in a hash of the
//! whole, which is the same in every run, on every machine and for every database.

use super::{Constraint, Index, KeyPart, Table, TableName};

/// The longest name in bytes: PostgreSQL's `NAMEDATALEN` less one; MySQL's is 64 characters.
pub const LONGEST: usize = 63;

/// How constraints and indexes are called that are given no name.
///
/// A template is checked when the constant is: an unknown token is a compile error.
///
/// ```
/// use migrate_model::catalog::naming::Naming;
///
/// const NAMING: Naming = Naming::DEFAULT
///     .index("ix_{table}_{columns}")
///     .unique("uq_{table}_{columns}")
///     .check("ck_{table}_{columns}")
///     .foreign_key("fk_{table}_{column_0}_{referred_table}")
///     .primary_key("pk_{table}");
/// assert_ne!(NAMING, Naming::DEFAULT);
/// ```
///
/// ```compile_fail
/// use migrate_model::catalog::naming::Naming;
///
/// const NAMING: Naming = Naming::DEFAULT.index("ix_{tabel}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naming {
    index: Option<&'static str>,
    unique: Option<&'static str>,
    check: Option<&'static str>,
    foreign_key: Option<&'static str>,
    primary_key: Option<&'static str>,
}

impl Naming {
    /// PostgreSQL's own names.
    pub const DEFAULT: Naming =
        Naming { index: None, unique: None, check: None, foreign_key: None, primary_key: None };

    /// The template for indexes.
    #[must_use]
    pub const fn index(self, template: &'static str) -> Naming {
        Naming { index: Some(checked(template, false)), ..self }
    }

    /// The template for unique constraints.
    #[must_use]
    pub const fn unique(self, template: &'static str) -> Naming {
        Naming { unique: Some(checked(template, false)), ..self }
    }

    /// The template for checks. Their columns are those that the expression names, where the table is created with
    /// it; a check that comes later has none.
    #[must_use]
    pub const fn check(self, template: &'static str) -> Naming {
        Naming { check: Some(checked(template, false)), ..self }
    }

    /// The template for foreign keys.
    #[must_use]
    pub const fn foreign_key(self, template: &'static str) -> Naming {
        Naming { foreign_key: Some(checked(template, true)), ..self }
    }

    /// The template for primary keys.
    #[must_use]
    pub const fn primary_key(self, template: &'static str) -> Naming {
        Naming { primary_key: Some(checked(template, false)), ..self }
    }

    /// The name of a constraint that was given none.
    pub fn name_constraint(&self, table: &Table, constraint: &Constraint) -> String {
        let named: Vec<&str>;
        let (template, columns): (_, Vec<&str>) = match constraint {
            Constraint::PrimaryKey(_) => (self.primary_key, strs(constraint.columns())),
            Constraint::Unique(_) => (self.unique, strs(constraint.columns())),
            Constraint::ForeignKey(_) => (self.foreign_key, strs(constraint.columns())),
            // SQLAlchemy has no convention for these; PostgreSQL's own will do.
            Constraint::Exclude(exclude) => {
                let keys = exclude.elements.iter().map(|(key, _)| match key {
                    KeyPart::Column(name) => name.as_str(),
                    KeyPart::Expression(_) => "expr",
                });
                (None, keys.collect())
            }
            Constraint::Check(check) => {
                named = (table.columns.iter())
                    .map(|column| column.name.as_str())
                    .filter(|name| crate::sql::names(&check.expression, name))
                    .collect();
                (self.check, named)
            }
        };
        let (referred_table, referred) = match constraint {
            Constraint::ForeignKey(key) => (key.table.name.as_str(), strs(&key.referred)),
            Constraint::PrimaryKey(_)
            | Constraint::Unique(_)
            | Constraint::Exclude(_)
            | Constraint::Check(_) => ("", Vec::new()),
        };
        let name = match template {
            Some(template) => filled(
                template,
                &Words {
                    table: &table.name.name,
                    columns: &columns,
                    referred_table,
                    referred: &referred,
                },
            ),
            None => own_name(table, constraint, &columns),
        };
        free(table, name)
    }

    /// The name of an index that was given none.
    pub fn name_index(&self, table: &TableName, index: &Index) -> String {
        let keys: Vec<&str> = (index.keys.iter())
            .map(|key| match &key.of {
                KeyPart::Column(name) => name.as_str(),
                KeyPart::Expression(_) => "expr",
            })
            .collect();
        shorten(match self.index {
            Some(template) => filled(
                template,
                &Words { table: &table.name, columns: &keys, referred_table: "", referred: &[] },
            ),
            None => format!("{}_{}_idx", table.name, keys.join("_")),
        })
    }
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// What PostgreSQL would call it.
fn own_name(table: &Table, constraint: &Constraint, columns: &[&str]) -> String {
    let (table, joined) = (&table.name.name, columns.join("_"));
    match constraint {
        Constraint::PrimaryKey(_) => format!("{table}_pkey"),
        Constraint::Unique(_) => format!("{table}_{joined}_key"),
        Constraint::ForeignKey(_) => format!("{table}_{joined}_fkey"),
        Constraint::Exclude(_) => format!("{table}_{joined}_excl"),
        // As PostgreSQL does: a check on one column carries its name.
        Constraint::Check(_) => match columns {
            [column] => format!("{table}_{column}_check"),
            _ => format!("{table}_check"),
        },
    }
}

/// What the tokens of a template stand for.
struct Words<'a> {
    table: &'a str,
    columns: &'a [&'a str],
    referred_table: &'a str,
    referred: &'a [&'a str],
}

/// A template with its tokens replaced; names are put in as they are, braces and all.
fn filled(template: &str, words: &Words) -> String {
    let mut name = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let (token, behind) = behind.split_once('}').unwrap_or((behind, ""));
        let at = |names: &[&str], number: &str| {
            let number: Option<usize> = number.parse().ok();
            number.and_then(|number| names.get(number).copied()).unwrap_or_default().to_owned()
        };
        let word = match token {
            "table" => words.table.to_owned(),
            "columns" => words.columns.join("_"),
            "referred_table" => words.referred_table.to_owned(),
            "referred_columns" => words.referred.join("_"),
            _ => match (token.strip_prefix("column_"), token.strip_prefix("referred_column_")) {
                (Some(number), _) => at(words.columns, number),
                (None, Some(number)) => at(words.referred, number),
                (None, None) => String::new(),
            },
        };
        name.push_str(if word.is_empty() {
            before.strip_suffix('_').unwrap_or(before)
        } else {
            before
        });
        name.push_str(&word);
        rest = behind;
    }
    name.push_str(rest);
    name
}

/// The template itself, if every token in it is known.
const fn checked(template: &'static str, refers: bool) -> &'static str {
    let bytes = template.as_bytes();
    assert!(!bytes.is_empty(), "a template for names is empty");
    let mut at = 0;
    while at < bytes.len() {
        assert!(bytes[at] != b'}', "a template for names has a `}}` without its `{{`");
        if bytes[at] == b'{' {
            let start = at + 1;
            while at < bytes.len() && bytes[at] != b'}' {
                at += 1;
            }
            assert!(at < bytes.len(), "a template for names has a `{{` without its `}}`");
            let (_, token) = bytes.split_at(start);
            let (token, _) = token.split_at(at - start);
            let own =
                is(token, b"table") || is(token, b"columns") || is_numbered(token, b"column_");
            let referred = is(token, b"referred_table")
                || is(token, b"referred_columns")
                || is_numbered(token, b"referred_column_");
            assert!(
                own || referred,
                "a template for names has an unknown token; there are {{table}}, {{columns}}, {{column_0}}, and for foreign keys {{referred_table}}, {{referred_columns}}, {{referred_column_0}}"
            );
            assert!(
                own || refers,
                "only the template for foreign keys can say what is referred to"
            );
        }
        at += 1;
    }
    template
}

const fn is(token: &[u8], word: &[u8]) -> bool {
    token.len() == word.len() && starts_with(token, word)
}

const fn starts_with(token: &[u8], word: &[u8]) -> bool {
    let mut at = 0;
    while at < word.len() {
        if at >= token.len() || token[at] != word[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The word and one or two digits.
const fn is_numbered(token: &[u8], word: &[u8]) -> bool {
    let mut at = word.len();
    while at < token.len() {
        if !token[at].is_ascii_digit() {
            return false;
        }
        at += 1;
    }
    starts_with(token, word) && token.len() > word.len() && token.len() <= word.len() + 2
}

/// The name, or the first of `name1`, `name2`, … that the table's constraints leave free.
pub(crate) fn free(table: &Table, name: String) -> String {
    let taken = |name: &String| table.constraints.contains_key(name);
    let first = shorten(name.clone());
    if !taken(&first) {
        return first;
    }
    (1..)
        .map(|number| shorten(format!("{name}{number}")))
        .find(|name| !taken(name))
        .unwrap_or(first)
}

/// A name of at most 63 bytes; a longer one keeps its beginning and ends in a hash of the whole.
///
/// ```
/// use migrate_model::catalog::naming::shorten;
///
/// assert_eq!(shorten("orders_pkey".into()), "orders_pkey");
/// assert_eq!(shorten("x".repeat(64)).len(), 63);
/// assert_ne!(shorten("x".repeat(64)), shorten("x".repeat(65)));
/// ```
pub fn shorten(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    // FNV-1a: short, and the same everywhere, which the standard library's hasher doesn't promise.
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut end = LONGEST - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{hash:08x}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::{
        super::{build::*, check, foreign_key, index, primary_key, unique},
        *,
    };
    use crate::{Dialect, Op, Ops, op::Context};

    const NAMING: Naming = Naming::DEFAULT
        .index("ix_{table}_{columns}")
        .unique("uq_{table}_{column_0}_{column_1}")
        .check("ck_{table}_{columns}")
        .foreign_key("fk_{table}_{column_0}_{referred_table}_{referred_column_0}")
        .primary_key("pk_{table}");

    /// The names that ops come to have, in their order.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a test makes few ops")]
    fn names(naming: Naming, ops: impl FnOnce(&mut Ops)) -> Vec<String> {
        let mut op = Ops::within(Context { dialect: Dialect::Postgres, naming });
        ops(&mut op);
        let mut names = Vec::new();
        for recorded in op.recorded() {
            match &recorded.what {
                Op::CreateTable(create) => names.extend(create.table.constraints.keys().cloned()),
                Op::CreateIndex(create) => names.push(create.index.name.clone()),
                Op::AlterTable(alter) => {
                    for change in &alter.changes {
                        if let crate::op::TableChange::AddConstraint(add) = &change.what {
                            names.push(add.constraint.name().to_owned());
                        }
                    }
                }
                other => panic!("{}", other.describe()),
            }
        }
        names
    }

    #[test]
    fn a_template_names_what_was_given_no_name_wherever_it_is_said() {
        let found = names(NAMING, |op| {
            op.create_table(
                table("orders")
                    .column(bigint("id").primary_key())
                    .column(
                        bigint("user_id").references("users", "id").unique().check("user_id > 0"),
                    )
                    .constraint(check("1 = 1"))
                    .constraint(check("2 = 2"))
                    .constraint(unique(["id"]).named("mine")),
            );
        });
        let expected = [
            "ck_orders",
            "ck_orders1",
            "ck_orders_user_id",
            "fk_orders_user_id_users_id",
            "mine",
            "pk_orders",
            "uq_orders_user_id",
        ];
        assert_eq!(found, expected);

        let found = names(NAMING, |op| {
            op.create_index(
                index("").on(("trading", "orders"), ["a"]).key(super::super::expr("lower(b)")),
            );
            op.create_index(index("own").on("orders", ["a"]));
            op.add_column("orders", bigint("a").nullable().unique().references("b", "c"));
            op.create_unique_constraint("orders", unique(["a", "b", "c"]));
            op.create_primary_key("orders", primary_key(["a"]));
            op.alter_table("orders", |t| {
                t.add_constraint(foreign_key(["a", "b"]).references("c{table}", ["d", "e"]));
                t.add_constraint(check("a > 0"));
                t.add_constraint(check("a > 0").named("own"));
            });
        });
        let expected = [
            "ix_orders_a_expr",
            "own",
            "uq_orders_a",
            "fk_orders_a_b_c",
            "uq_orders_a_b",
            "pk_orders",
            "fk_orders_a_c{table}_d",
            "ck_orders",
            "own",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_sql_and_code_declare_is_named_alike() {
        let mut op = Ops::within(Context { dialect: Dialect::Postgres, naming: NAMING });
        let _ = op.execute("CREATE INDEX …").declares(|op| {
            op.create_index(index("").on("orders", ["a"]));
        });
        assert!(format!("{:?}", op.recorded()).contains("ix_orders_a"), "{op:?}");
    }

    #[test]
    fn a_long_name_ends_in_a_hash_of_the_whole() {
        let long = "é".repeat(40);
        let found = names(NAMING, |op| {
            op.create_index(index("").on("orders", [long.as_str()]));
            op.create_index(index("").on("orders", [format!("{long}x")]));
        });
        assert!(found.iter().all(|name| name.len() <= LONGEST), "{found:?}");
        assert_ne!(found[0], found[1]);
    }
}
