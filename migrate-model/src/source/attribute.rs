//! The arguments of `#[migration(…)]`.
//!
//! ```text
//! arguments = [ key "=" value { "," key "=" value } [ "," ] ]
//! value     = "…" | [ "…", … ] | None | true | false
//! ```
//!
//! Values are read as they are written: a constant or a macro in the place of
//! a literal cannot be, since nothing is compiled yet.

use std::time::Duration;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::{Fault, Text};
use crate::duration;
use crate::nearest;
use crate::revision::{check_id, check_label};

/// Everything a migration says about itself, except its message.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The id of this revision.
    pub revision: Text,
    /// The revisions before this one: none at a root, two or more at a merge.
    pub down_revision: Texts,
    /// Ids or labels that must be applied before this one, on whatever branch.
    pub depends_on: Texts,
    /// Names of the branch that begins here.
    pub branch_labels: Texts,
    /// Whether the migration runs inside one transaction.
    pub transaction: bool,
    /// Why there is no way back, where there is none.
    pub irreversible: Option<Text>,
    /// What breaks in programs that still run on the schema before.
    pub breaking: Option<Text>,
    /// Tables and columns whose rows or values do not survive the way there and back.
    pub loses: Texts,
    /// How long its statements wait for a lock at first.
    pub lock_timeout: Option<Duration>,
    /// How long its statements may take.
    pub statement_timeout: Option<Duration>,
}

/// A value that is one literal or a list of them.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// The literals, in the order they are written.
    pub items: Vec<Text>,
    /// The whole value, brackets included; `None` where the key is not given.
    pub span: Option<Span>,
}

impl Attribute {
    /// Reads the tokens between the parentheses; `place` is the attribute itself.
    ///
    /// Faults that follow from another one are left out: a misspelt key is one
    /// fault, not also a missing one.
    pub fn parse(arguments: TokenStream, place: Span) -> Result<Attribute, Vec<Fault>> {
        let tokens: Vec<TokenTree> = arguments.into_iter().collect();
        let mut faults = Vec::new();
        let mut draft = Draft::default();
        for argument in tokens.split_inclusive(|token| is(token, ',')) {
            if let Err(fault) = draft.add(argument) {
                faults.push(fault);
            }
        }
        draft.finish(faults, |message| Fault::across(message, &tokens, place))
    }
}

/// What has been read so far.
#[derive(Default)]
struct Draft {
    revision: Option<Text>,
    down_revision: Option<Texts>,
    depends_on: Option<Texts>,
    branch_labels: Option<Texts>,
    transaction: Option<bool>,
    irreversible: Option<Text>,
    breaking: Option<Text>,
    loses: Option<Texts>,
    lock_timeout: Option<Duration>,
    statement_timeout: Option<Duration>,
}

impl Draft {
    /// Reads one argument, with the comma behind it.
    fn add(&mut self, argument: &[TokenTree]) -> Result<(), Fault> {
        let argument = match argument {
            [argument @ .., comma] if is(comma, ',') && !argument.is_empty() => argument,
            argument => argument,
        };
        let (key, value) = match argument {
            [TokenTree::Ident(key), equals, value @ ..] if is(equals, '=') => (key, value),
            [TokenTree::Ident(key), ..] => {
                let message = match Key::named(&key.to_string()) {
                    Some(key) => format!("`{}` takes a value: {}", key.name(), key.example()),
                    None => unknown(&key.to_string()),
                };
                return Err(Fault::new(message, key.span()));
            }
            [] | [_, ..] => {
                let message = format!("write a key and its value here: {}", REVISION.example());
                return Err(Fault::across(message, argument, Span::call_site()));
            }
        };
        let Some(kind) = Key::named(&key.to_string()) else {
            return Err(Fault::new(unknown(&key.to_string()), key.span()));
        };
        match kind {
            Key::Revision => once(&mut self.revision, kind, key, text(kind, key, value)?),
            Key::DownRevision => {
                once(&mut self.down_revision, kind, key, parents(kind, key, value)?)
            }
            Key::DependsOn => once(&mut self.depends_on, kind, key, texts(kind, key, value)?),
            Key::BranchLabels => once(&mut self.branch_labels, kind, key, texts(kind, key, value)?),
            Key::Transaction => once(&mut self.transaction, kind, key, switch(kind, key, value)?),
            Key::Irreversible => once(&mut self.irreversible, kind, key, reason(kind, key, value)?),
            Key::Breaking => once(&mut self.breaking, kind, key, reason(kind, key, value)?),
            Key::Loses => once(&mut self.loses, kind, key, texts(kind, key, value)?),
            Key::LockTimeout => once(&mut self.lock_timeout, kind, key, time(kind, key, value)?),
            Key::StatementTimeout => {
                once(&mut self.statement_timeout, kind, key, time(kind, key, value)?)
            }
        }
    }

    fn finish(
        self,
        mut faults: Vec<Fault>,
        of_all: impl Fn(String) -> Fault,
    ) -> Result<Attribute, Vec<Fault>> {
        let revision = self.revision.iter().map(|id| (id.span, check_id(&id.value)));
        let labels = self.branch_labels.iter().flat_map(|labels| &labels.items);
        let labels = labels.map(|label| (label.span, check_label(&label.value)));
        for (span, checked) in revision.chain(labels) {
            if let Err(fault) = checked {
                faults.push(Fault::new(fault.to_string(), span));
            }
        }
        if faults.is_empty() && self.revision.is_none() {
            let example = REVISION.example();
            faults.push(of_all(format!(
                "`revision` is missing; give this migration an id of its own: {example}"
            )));
        }
        if faults.is_empty() && self.down_revision.is_none() {
            let message = "`down_revision` is missing; name the revision before this one, \
                 or write down_revision = None where a chain begins";
            faults.push(of_all(message.to_owned()));
        }
        match (self.revision, self.down_revision) {
            (Some(revision), Some(down_revision)) if faults.is_empty() => Ok(Attribute {
                revision,
                down_revision,
                depends_on: self.depends_on.unwrap_or_default(),
                branch_labels: self.branch_labels.unwrap_or_default(),
                transaction: self.transaction.unwrap_or(true),
                irreversible: self.irreversible,
                breaking: self.breaking,
                loses: self.loses.unwrap_or_default(),
                lock_timeout: self.lock_timeout,
                statement_timeout: self.statement_timeout,
            }),
            _ => Err(faults),
        }
    }
}

#[derive(Clone, Copy)]
enum Key {
    Revision,
    DownRevision,
    DependsOn,
    BranchLabels,
    Transaction,
    Irreversible,
    Breaking,
    Loses,
    LockTimeout,
    StatementTimeout,
}

const REVISION: Key = Key::Revision;

const KEYS: [Key; 10] = [
    Key::Revision,
    Key::DownRevision,
    Key::DependsOn,
    Key::BranchLabels,
    Key::Transaction,
    Key::Irreversible,
    Key::Breaking,
    Key::Loses,
    Key::LockTimeout,
    Key::StatementTimeout,
];

impl Key {
    fn named(name: &str) -> Option<Key> {
        KEYS.into_iter().find(|key| key.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Key::Revision => "revision",
            Key::DownRevision => "down_revision",
            Key::DependsOn => "depends_on",
            Key::BranchLabels => "branch_labels",
            Key::Transaction => "transaction",
            Key::Irreversible => "irreversible",
            Key::Breaking => "breaking",
            Key::Loses => "loses",
            Key::LockTimeout => "lock_timeout",
            Key::StatementTimeout => "statement_timeout",
        }
    }

    /// What a person would write.
    fn example(self) -> &'static str {
        match self {
            Key::Revision => r#"revision = "3f2a9c41b7d0""#,
            Key::DownRevision => {
                r#"down_revision = "ae1027a6acf0", a list of them at a merge, None at a root"#
            }
            Key::DependsOn => r#"depends_on = ["ae1027a6acf0"]"#,
            Key::BranchLabels => r#"branch_labels = ["reports"]"#,
            Key::Transaction => "transaction = false",
            Key::Irreversible => r#"irreversible = "the old prices are gone""#,
            Key::Breaking => r#"breaking = "programs that still read `orders.price`""#,
            Key::Loses => r#"loses = ["orders.price"]"#,
            Key::LockTimeout => r#"lock_timeout = "10s""#,
            Key::StatementTimeout => r#"statement_timeout = "5min""#,
        }
    }

    /// How two values of this key are written as one.
    fn twice(self) -> String {
        let name = self.name();
        match self {
            Key::DownRevision => format!(
                "`{name}` is given twice; a merge lists its parents: \
                 {name} = [\"ae1027a6acf0\", \"1bbe33445780\"]"
            ),
            Key::DependsOn | Key::BranchLabels | Key::Loses => {
                format!(
                    "`{name}` is given twice; put everything into one list: {name} = [\"…\", \"…\"]"
                )
            }
            Key::Revision
            | Key::Transaction
            | Key::Irreversible
            | Key::Breaking
            | Key::LockTimeout
            | Key::StatementTimeout => {
                format!("`{name}` is given twice; take one of the two away")
            }
        }
    }
}

fn unknown(name: &str) -> String {
    let names = KEYS.map(|key| key.name());
    match nearest(name, names) {
        Some(meant) => format!("there is no key `{name}`; did you mean `{meant}`?"),
        None => format!("there is no key `{name}`; a migration takes {}", names.join(", ")),
    }
}

fn once<T>(slot: &mut Option<T>, kind: Key, key: &Ident, value: T) -> Result<(), Fault> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Fault::new(kind.twice(), key.span())),
    }
}

fn text(kind: Key, key: &Ident, value: &[TokenTree]) -> Result<Text, Fault> {
    match value {
        [one] => Text::of(one).ok_or_else(|| misplaced(kind, key, value)),
        _ => Err(misplaced(kind, key, value)),
    }
}

fn texts(kind: Key, key: &Ident, value: &[TokenTree]) -> Result<Texts, Fault> {
    match value {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => list(kind, group),
        _ => text(kind, key, value).map(|text| Texts { span: Some(text.span), items: vec![text] }),
    }
}

fn parents(kind: Key, key: &Ident, value: &[TokenTree]) -> Result<Texts, Fault> {
    if let [TokenTree::Ident(word)] = value
        && word == "None"
    {
        return Ok(Texts { items: Vec::new(), span: Some(word.span()) });
    }
    let parents = texts(kind, key, value)?;
    match (parents.items.is_empty(), parents.span) {
        (true, Some(span)) => Err(Fault::new("a root says down_revision = None", span)),
        _ => Ok(parents),
    }
}

fn switch(kind: Key, key: &Ident, value: &[TokenTree]) -> Result<bool, Fault> {
    match value {
        [TokenTree::Ident(word)] if word == "true" => Ok(true),
        [TokenTree::Ident(word)] if word == "false" => Ok(false),
        _ => Err(misplaced(kind, key, value)),
    }
}

/// A span of time.
fn time(kind: Key, key: &Ident, value: &[TokenTree]) -> Result<Duration, Fault> {
    let text = text(kind, key, value)?;
    duration::parse(&text.value).ok_or_else(|| {
        let message = format!("`{}` takes {}", kind.name(), duration::EXAMPLE);
        Fault::new(message, text.span)
    })
}

fn reason(kind: Key, key: &Ident, value: &[TokenTree]) -> Result<Text, Fault> {
    let reason = text(kind, key, value)?;
    match reason.value.trim().is_empty() {
        true => Err(Fault::new(
            format!("`{}` is for the people who read it; write {}", kind.name(), kind.example()),
            reason.span,
        )),
        false => Ok(reason),
    }
}

fn list(kind: Key, group: &Group) -> Result<Texts, Fault> {
    let mut items = Vec::new();
    let mut tokens = group.stream().into_iter();
    while let Some(token) = tokens.next() {
        let Some(text) = Text::of(&token) else {
            let message = format!("only literals can be read here: {}", kind.example());
            return Err(Fault::new(message, token.span()));
        };
        items.push(text);
        match tokens.next() {
            None => break,
            Some(comma) if is(&comma, ',') => {}
            Some(other) => return Err(Fault::new("a comma is missing before this", other.span())),
        }
    }
    Ok(Texts { items, span: Some(group.span()) })
}

fn misplaced(kind: Key, key: &Ident, value: &[TokenTree]) -> Fault {
    let message = format!("`{}` is written {}", kind.name(), kind.example());
    Fault::across(message, value, key.span())
}

fn is(token: &TokenTree, punctuation: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == punctuation)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the attribute says, or each fault with the text it points at.
    fn check(arguments: &str, expected: &str) {
        let tokens: TokenStream = arguments.parse().unwrap();
        let texts = |texts: &Texts| {
            let values: Vec<&str> = texts.items.iter().map(|text| text.value.as_str()).collect();
            values.join(",")
        };
        let found = match Attribute::parse(tokens, Span::call_site()) {
            Ok(a) => format!(
                "{} <- {} needs {} labels {} {}{}{}{}{}",
                a.revision.value,
                texts(&a.down_revision),
                texts(&a.depends_on),
                texts(&a.branch_labels),
                if a.transaction { "atomic" } else { "loose" },
                a.irreversible
                    .map_or(String::new(), |text| format!(" irreversible {}", text.value)),
                a.breaking.map_or(String::new(), |text| format!(" breaking {}", text.value)),
                match a.loses.items[..] {
                    [] => String::new(),
                    [..] => format!(" loses {}", texts(&a.loses)),
                },
                match (a.lock_timeout, a.statement_timeout) {
                    (None, None) => String::new(),
                    times => format!(" {times:?}"),
                },
            ),
            Err(faults) => {
                let faults = faults.iter().map(|fault| {
                    let place = fault.span.start().column..fault.end.end().column;
                    format!("[{}] {}", &arguments[place], fault.message)
                });
                faults.collect::<Vec<_>>().join("\n")
            }
        };
        let is_expected = match expected.strip_suffix('…') {
            Some(start) => found.starts_with(start),
            None => found == expected,
        };
        assert!(is_expected, "{arguments}\n  expected {expected}\n  found    {found}");
    }

    #[test]
    fn every_key_is_read() {
        check(r#"revision = "a", down_revision = None"#, "a <-  needs  labels  atomic");
        check(r#"revision = "b", down_revision = "a","#, "b <- a needs  labels  atomic");
        check(
            r#"down_revision = ["a", "b",], revision = "m", depends_on = "x", branch_labels = ["y", "z"]"#,
            "m <- a,b needs x labels y,z atomic",
        );
        check(
            r##"revision = r#"b"#, down_revision = "a", transaction = false, irreversible = "x", breaking = "y""##,
            "b <- a needs  labels  loose irreversible x breaking y",
        );
        check(
            r#"revision = "b", down_revision = "a", loses = ["orders", "users.name"]"#,
            "b <- a needs  labels  atomic loses orders,users.name",
        );
        check(
            r#"revision = "b", down_revision = "a", lock_timeout = "500ms", statement_timeout = "5min""#,
            "b <- a needs  labels  atomic (Some(500ms), Some(300s))",
        );
    }

    #[test]
    fn one_mistake_is_one_fault_at_its_word() {
        let a = r#"revision = "a", down_revision = None, "#;
        let check_more = |more: &str, expected: &str| check(&format!("{a}{more}"), expected);

        check("", "[] `revision` is missing…");
        check(r#"down_revision = "a""#, r#"[down_revision = "a"] `revision` is missing…"#);
        check(r#"revision = "a""#, r#"[revision = "a"] `down_revision` is missing…"#);
        check(r#"revison = "a""#, "[revison] there is no key `revison`; did you mean `revision`?");
        check(r#"revision = "a-b""#, r#"["a-b"] the name has a `-`…"#);
        check(r#"revision = ID"#, r#"[ID] `revision` is written revision = "3f2a9c41b7d0""#);
        check(r#"revision "a""#, "[revision] `revision` takes a value…");
        check(r#""a""#, r#"["a"] write a key and its value here…"#);
        check(r#"revision = "a", down_revision = []"#, "[[]] a root says down_revision = None");
        check(r#"revision = "a", down_revision = [A]"#, "[A] only literals can be read here…");
        check_more(
            r#"lock_timeout = "soon""#,
            r#"["soon"] `lock_timeout` takes a time such as 500ms, 10s, 5min or 1h"#,
        );
        check_more(
            "comment = 1",
            "[comment] there is no key `comment`; a migration takes revision, …",
        );
        check_more(
            r#"revision = "b""#,
            "[revision] `revision` is given twice; take one of the two away",
        );
        check_more(
            "down_revision = \"b\"",
            "[down_revision] `down_revision` is given twice; a merge lists…",
        );
        check_more("transaction = 0", "[0] `transaction` is written transaction = false");
        check_more("transaction", "[transaction] `transaction` takes a value: transaction = false");
        check_more(r#"irreversible = """#, r#"[""] `irreversible` is for the people who read it…"#);
        check_more(r#"depends_on = ["b" "c"]"#, r#"["c"] a comma is missing before this"#);
        check_more(r#"branch_labels = ["b c"]"#, r#"["b c"] the name has the character…"#);
        check_more(",", "[,] write a key and its value here…");
    }

    #[test]
    fn two_mistakes_are_two_faults() {
        check(
            r#"revision = "a:b", down = None"#,
            "[down] there is no key `down`; did you mean `down_revision`?\n[\"a:b\"] the name has a `:`…",
        );
    }
}
