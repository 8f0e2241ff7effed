//! Rust code as a tree, and its lines: about as rustfmt would break them, for where there is no rustfmt.
//!
//! rustfmt leaves alone what has a string in it that is longer than a line, so the lines have to be good by themselves.

/// The longest line.
const WIDTH: usize = 100;

/// The longest chain of calls that stays on a line.
const CHAIN: usize = 60;

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Code {
    /// A name or a literal, on as many lines as it has.
    Plain(String),
    /// `name(…)`, or behind something: `of.name(…)`. Without a name it is a tuple.
    Call { of: Option<Box<Code>>, name: String, arguments: Vec<Code> },
    /// `[…]`
    List(Vec<Code>),
    /// `|name| expression`
    Closure(&'static str, Box<Code>),
    /// `|name| { statements }`
    Block(&'static str, Vec<Code>),
}

pub(super) fn plain(text: impl ToString) -> Code {
    Code::Plain(text.to_string())
}

pub(super) fn call<const N: usize>(name: &str, arguments: [Code; N]) -> Code {
    Code::Call { of: None, name: name.to_owned(), arguments: arguments.into() }
}

impl Code {
    /// A method called on it.
    pub(super) fn then<const N: usize>(self, name: &str, arguments: [Code; N]) -> Code {
        self.then_all(name, arguments.into())
    }

    pub(super) fn then_all(self, name: &str, arguments: Vec<Code>) -> Code {
        Code::Call { of: Some(Box::new(self)), name: name.to_owned(), arguments }
    }

    pub(super) fn then_if(self, is_said: bool, name: &str) -> Code {
        if is_said { self.then(name, []) } else { self }
    }

    pub(super) fn then_some(self, name: &str, argument: Option<Code>) -> Code {
        match argument {
            Some(argument) => self.then(name, [argument]),
            None => self,
        }
    }

    /// A method that takes a closure, where `options` says anything: `.postgres(|i| i.using("gin"))`.
    pub(super) fn then_options(
        self,
        name: &str,
        parameter: &'static str,
        options: impl FnOnce(Code) -> Code,
    ) -> Code {
        let said = options(plain(parameter));
        if matches!(said, Code::Plain(_)) {
            return self;
        }
        self.then(name, [Code::Closure(parameter, Box::new(said))])
    }

    /// All on one line, if it can be.
    fn flat(&self) -> Option<String> {
        Some(match self {
            Code::Plain(text) if text.contains('\n') => return None,
            Code::Plain(text) => text.clone(),
            Code::Call { of, name, arguments } => {
                let arguments = flat_list(arguments)?;
                match of {
                    Some(of) => format!("{}.{name}({arguments})", of.flat()?),
                    None => format!("{name}({arguments})"),
                }
            }
            Code::List(items) => format!("[{}]", flat_list(items)?),
            Code::Closure(parameter, body) => format!("|{parameter}| {}", body.flat()?),
            Code::Block(_, statements) if statements.is_empty() => "|_| {}".to_owned(),
            Code::Block(..) => return None,
        })
    }

    /// What stands before the first of the calls that are made on it, and the calls.
    fn chain(&self) -> (&Code, Vec<(&str, &[Code])>) {
        let (mut first, mut calls) = (self, Vec::new());
        while let Code::Call { of: Some(of), name, arguments } = first {
            calls.push((name.as_str(), arguments.as_slice()));
            first = of;
        }
        calls.reverse();
        (first, calls)
    }

    /// Writes it at the end of `text`, whose line is indented by `indent`; `behind` characters follow on its last line.
    pub(super) fn write(&self, text: &mut String, indent: usize, behind: usize) {
        let start = text.rfind('\n').map_or(0, |at| at + 1);
        let taken = text[start..].chars().count();
        if let Some(flat) = self.flat() {
            let length = flat.chars().count();
            let is_short = self.chain().1.len() < 2 || length <= CHAIN;
            if is_short && taken + length + behind <= WIDTH {
                return text.push_str(&flat);
            }
        }
        match self {
            Code::Plain(plain) => text.push_str(plain),
            Code::Call { of: None, name, arguments } => {
                text.push_str(name);
                write_list(text, indent, behind, ["(", ")"], arguments);
            }
            Code::Call { of: Some(of), name, arguments } => {
                // `op.execute(…).declares(|op| {`
                let is_block = matches!(arguments.last(), Some(Code::Block(..)));
                let before = of.flat().filter(|flat| is_block && flat.chars().count() <= CHAIN);
                match before {
                    Some(before) => {
                        text.push_str(&format!("{before}.{name}"));
                        write_list(text, indent, behind, ["(", ")"], arguments);
                    }
                    None => self.write_chain(text, indent, behind),
                }
            }
            Code::List(items) => write_list(text, indent, behind, ["[", "]"], items),
            Code::Closure(parameter, body) => {
                text.push_str(&format!("|{parameter}| "));
                body.write(text, indent, behind);
            }
            Code::Block(parameter, body) => {
                text.push_str(&format!("|{parameter}| {{"));
                statements(text, indent + 4, body);
                line(text, indent);
                text.push('}');
            }
        }
    }
}

impl Code {
    /// Each call on a line of its own.
    fn write_chain(&self, text: &mut String, indent: usize, behind: usize) {
        let (first, calls) = self.chain();
        first.write(text, indent, 0);
        // The first one stays with a word as short as `op`.
        let mut stays = matches!(first, Code::Plain(word) if word.len() <= 4);
        let is_only = calls.len() == 1;
        for (at, (name, arguments)) in calls.iter().enumerate() {
            let inner = if stays && is_only { indent } else { indent + 4 };
            if !std::mem::take(&mut stays) {
                line(text, inner);
            }
            text.push_str(&format!(".{name}"));
            let behind = if at + 1 == calls.len() { behind } else { 0 };
            write_list(text, inner, behind, ["(", ")"], arguments);
        }
    }
}

/// Statements, each on a line of its own.
pub(super) fn statements(text: &mut String, indent: usize, statements: &[Code]) {
    for statement in statements {
        line(text, indent);
        statement.write(text, indent, 1);
        text.push(';');
    }
}

fn line(text: &mut String, indent: usize) {
    text.push('\n');
    text.push_str(&" ".repeat(indent));
}

fn flat_list(items: &[Code]) -> Option<String> {
    Some(items.iter().map(Code::flat).collect::<Option<Vec<_>>>()?.join(", "))
}

/// Items between brackets: each on a line of its own, except for a closure behind others that stay on the line.
fn write_list(
    text: &mut String,
    indent: usize,
    behind: usize,
    [open, close]: [&str; 2],
    items: &[Code],
) {
    text.push_str(open);
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    let taken = text[start..].chars().count() + close.len() + behind;
    if let Some(flat) = flat_list(items)
        && taken + flat.chars().count() <= WIDTH
    {
        text.push_str(&flat);
        text.push_str(close);
        return;
    }
    let closure = items.split_last().and_then(|(last, others)| {
        let is_closure = matches!(last, Code::Block(..) | Code::Closure(..));
        is_closure.then(|| flat_list(others)).flatten().map(|flat| (flat, last))
    });
    match closure {
        Some((others, closure)) => {
            if !others.is_empty() {
                text.push_str(&format!("{others}, "));
            }
            closure.write(text, indent, close.len() + behind);
        }
        None => {
            for item in items {
                line(text, indent + 4);
                item.write(text, indent + 4, 1);
                text.push(',');
            }
            line(text, indent);
        }
    }
    text.push_str(close);
}
