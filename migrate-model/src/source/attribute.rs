//! The arguments of `#[migration(…)]`.
//!
//! ```text
//! arguments = [ key "=" value { "," key "=" value } [ "," ] ]
//! value     = "…" | [ "…", … ] | None | true | false
//! ```
//!
//! Values are read as they are written: a constant or a macro in the place of
//! a literal cannot be, since nothing is compiled yet.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::{Fault, Text};
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
        let mut faults = Vec::new();
        let mut draft = Draft::default();
        let mut tokens = arguments.into_iter().peekable();
        while tokens.peek().is_some() {
            let argument: Vec<TokenTree> = tokens.by_ref().take_while(|t| !is(t, ',')).collect();
            if let Err(fault) = draft.add(&argument, place) {
                faults.push(fault);
            }
        }
        draft.finish(place, faults)
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
}

impl Draft {
    fn add(&mut self, argument: &[TokenTree], place: Span) -> Result<(), Fault> {
        let (key, value) = match argument {
            [] => return Err(Fault::new("one comma is enough", place)),
            [TokenTree::Ident(key), equals, value @ ..] if is(equals, '=') => (key, value),
            [TokenTree::Ident(key), ..] => {
                let message = match Key::named(&key.to_string()) {
                    Some(key) => format!("`{0}` takes a value: {1}", key.name(), key.example()),
                    None => unknown(&key.to_string()),
                };
                return Err(Fault::new(message, key.span()));
            }
            [other, ..] => {
                let message = format!("write `key = value` here, such as {}", REVISION.example());
                return Err(Fault::new(message, other.span()));
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
        }
    }

    fn finish(self, place: Span, mut faults: Vec<Fault>) -> Result<Attribute, Vec<Fault>> {
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
            faults.push(Fault::new(
                format!("`revision` is missing: give this migration an id of its own: {example}"),
                place,
            ));
        }
        if faults.is_empty() && self.down_revision.is_none() {
            faults.push(Fault::new(
                "`down_revision` is missing: name the revision before this one, \
                 or write down_revision = None where a chain begins",
                place,
            ));
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
}

const REVISION: Key = Key::Revision;

const KEYS: [Key; 7] = [
    Key::Revision,
    Key::DownRevision,
    Key::DependsOn,
    Key::BranchLabels,
    Key::Transaction,
    Key::Irreversible,
    Key::Breaking,
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
            Key::DependsOn | Key::BranchLabels => {
                format!(
                    "`{name}` is given twice; put everything into one list: {name} = [\"…\", \"…\"]"
                )
            }
            Key::Revision | Key::Transaction | Key::Irreversible | Key::Breaking => {
                format!("`{name}` is given twice; take one of the two away")
            }
        }
    }
}

fn unknown(name: &str) -> String {
    let names = KEYS.map(Key::name);
    match closest(name, &names) {
        Some(meant) => format!("there is no key `{name}`; did you mean `{meant}`?"),
        None => format!("there is no key `{name}`; a migration takes {}", names.join(", ")),
    }
}

/// The word that was probably meant.
fn closest<'a>(written: &str, words: &[&'a str]) -> Option<&'a str> {
    let near = words.iter().map(|word| (distance(written, word), *word)).min()?;
    (near.0 <= near.1.len() / 3).then_some(near.1)
}

/// How many letters apart two words are (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

fn once<T>(slot: &mut Option<T>, kind: Key, key: &Ident, value: T) -> Result<(), Fault> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Fault::new(kind.twice(), key.span())),
    }
}

fn text(kind: Key, key: &Ident, value: &[TokenTree]) -> Result<Text, Fault> {
    match value {
        [one] => string(one).ok_or_else(|| misplaced(kind, key, value)),
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
    if let [TokenTree::Ident(word)] = value {
        if word == "None" {
            return Ok(Texts { items: Vec::new(), span: Some(word.span()) });
        }
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
        let Some(text) = string(&token) else {
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

fn string(token: &TokenTree) -> Option<Text> {
    let TokenTree::Literal(literal) = token else { return None };
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(string) => Some(Text { value: string.value(), span: literal.span() }),
        _ => None,
    }
}

fn misplaced(kind: Key, key: &Ident, value: &[TokenTree]) -> Fault {
    let span = value.first().map_or(key.span(), TokenTree::span);
    Fault::new(format!("`{}` is written {}", kind.name(), kind.example()), span)
}

fn is(token: &TokenTree, punctuation: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == punctuation)
}
