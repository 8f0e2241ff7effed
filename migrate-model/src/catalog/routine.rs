//! Functions and procedures.

use super::{CatalogError, RoutineName, strings};

/// A function or procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: RoutineName,
    /// Whether it is a procedure: called by CALL, and returning nothing.
    pub procedure: bool,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// The type that it returns.
    pub returns: Option<String>,
    /// The language that it is written in (PostgreSQL).
    pub language: Option<String>,
    /// Words about it, as they are in SQL: `IMMUTABLE STRICT`, `DETERMINISTIC`.
    pub options: Option<String>,
    /// What it does, letter by letter.
    pub body: String,
}

/// An argument of a function or procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its type, as it is in SQL.
    pub sql_type: String,
    /// Whether values go in or come out.
    pub mode: ArgumentMode,
    /// What it is when a call leaves it out, as SQL (PostgreSQL).
    pub default: Option<String>,
}

/// Whether the values of an argument go in or come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentMode {
    /// In.
    In,
    /// Out.
    Out,
    /// Both.
    InOut,
    /// In, any number of them (PostgreSQL).
    Variadic,
}

/// What tells functions of one name apart: the types of what goes in.
pub type FunctionKey = (RoutineName, Vec<String>);

/// A function to come: `function("touch_updated_at").returns("trigger").language("plpgsql").body("BEGIN … END")`.
///
/// ```
/// use migrate_model::catalog::function;
///
/// let add = function("add_up").argument("a", "integer").returns("integer").language("sql").body("SELECT a + 1");
/// assert_eq!(add.function.describe(), "add_up(integer)");
/// ```
pub fn function(name: impl Into<RoutineName>) -> FunctionBuilder {
    FunctionBuilder {
        function: Function {
            name: name.into(),
            procedure: false,
            arguments: Vec::new(),
            returns: None,
            language: None,
            options: None,
            body: String::new(),
        },
    }
}

/// A function without a body.
#[derive(Clone, Debug)]
#[must_use = "say what it does: .body(\"…\")"]
pub struct FunctionBuilder {
    function: Function,
}

impl FunctionBuilder {
    fn add(
        mut self,
        name: &str,
        sql_type: &str,
        mode: ArgumentMode,
        default: Option<&str>,
    ) -> Self {
        self.function.arguments.push(Argument {
            name: name.to_owned(),
            sql_type: sql_type.to_owned(),
            mode,
            default: default.map(str::to_owned),
        });
        self
    }

    /// One more argument, with its type as it is in SQL.
    pub fn argument(self, name: &str, sql_type: &str) -> Self {
        self.add(name, sql_type, ArgumentMode::In, None)
    }

    /// One more argument that a call can leave out; the default is SQL (PostgreSQL).
    pub fn argument_or(self, name: &str, sql_type: &str, default: &str) -> Self {
        self.add(name, sql_type, ArgumentMode::In, Some(default))
    }

    /// One more argument that a value comes out by.
    pub fn out_argument(self, name: &str, sql_type: &str) -> Self {
        self.add(name, sql_type, ArgumentMode::Out, None)
    }

    /// One more argument that a value goes in and comes out by.
    pub fn in_out_argument(self, name: &str, sql_type: &str) -> Self {
        self.add(name, sql_type, ArgumentMode::InOut, None)
    }

    /// The same, for one that a call can leave out; the default is SQL (PostgreSQL).
    pub fn in_out_argument_or(self, name: &str, sql_type: &str, default: &str) -> Self {
        self.add(name, sql_type, ArgumentMode::InOut, Some(default))
    }

    /// The last argument, which takes any number of values (PostgreSQL): its type is an array.
    pub fn variadic(self, name: &str, sql_type: &str) -> Self {
        self.add(name, sql_type, ArgumentMode::Variadic, None)
    }

    /// The same, with the array that it is where a call gives no value; the default is SQL (PostgreSQL).
    pub fn variadic_or(self, name: &str, sql_type: &str, default: &str) -> Self {
        self.add(name, sql_type, ArgumentMode::Variadic, Some(default))
    }

    /// The type that it returns, as it is in SQL: `integer`, `trigger`, `TABLE (id bigint)`.
    pub fn returns(mut self, sql_type: &str) -> Self {
        self.function.returns = Some(sql_type.to_owned());
        self
    }

    /// The language that it is written in: `plpgsql`, `sql` (PostgreSQL).
    pub fn language(mut self, language: &str) -> Self {
        self.function.language = Some(language.to_owned());
        self
    }

    /// Words about it, as they are in SQL: `IMMUTABLE STRICT` on PostgreSQL, `DETERMINISTIC` on MySQL.
    pub fn options(mut self, words: &str) -> Self {
        self.function.options = Some(words.to_owned());
        self
    }

    /// Makes it a procedure.
    pub fn procedure(mut self) -> Self {
        self.function.procedure = true;
        self
    }

    /// What it does: on PostgreSQL the text between the quotes, which are added; elsewhere a statement such as
    /// `BEGIN … END` or `RETURN …`.
    pub fn body(mut self, body: &str) -> NewFunction {
        // CRLF and LF are the same SQL, wherever the source was checked out.
        self.function.body = body.replace("\r\n", "\n");
        NewFunction { function: self.function }
    }
}

/// A function to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "hand it to op.create_function(…) or op.replace_function(…)"]
pub struct NewFunction {
    /// The function.
    pub function: Function,
}

impl Function {
    /// What tells it from others of its name.
    pub fn key(&self) -> FunctionKey {
        (self.name.clone(), self.types())
    }

    /// The types by which it is told from others.
    pub fn types(&self) -> Vec<String> {
        // PostgreSQL counts what comes out of a procedure among them, but not what comes out of a function.
        let counts = |argument: &&Argument| argument.mode != ArgumentMode::Out || self.procedure;
        self.arguments
            .iter()
            .filter(counts)
            .map(|argument| plain_type(&argument.sql_type))
            .collect()
    }

    /// It and its types, for people.
    pub fn describe(&self) -> String {
        describe(&self.key())
    }

    /// What it is.
    pub fn noun(&self) -> &'static str {
        if self.procedure { "procedure" } else { "function" }
    }

    pub(crate) fn check(&self) -> Result<(), CatalogError> {
        let fault = if self.body.trim().is_empty() {
            "has an empty body"
        } else if self.procedure && self.returns.is_some() {
            "is a procedure, which returns nothing: .out_argument(…) is how values come out of it"
        } else {
            return Ok(());
        };
        Err(CatalogError::BadFunction { function: self.describe(), fault: fault.to_owned() })
    }
}

/// A function and its types, for people.
pub(crate) fn describe((name, types): &FunctionKey) -> String {
    format!("{name}({})", types.join(", "))
}

/// A type as it is compared: small letters, single blanks, and one name for what has several.
pub(crate) fn plain_type(sql_type: &str) -> String {
    let words = sql_type.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (base, array) = match words.split_once("[]") {
        Some((base, _)) => (base.trim(), "[]"),
        None => (words.as_str(), ""),
    };
    let base = match base {
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "bool" => "boolean",
        "float8" => "double precision",
        "float4" => "real",
        "decimal" => "numeric",
        "varchar" => "character varying",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        other => other,
    };
    format!("{base}{array}")
}

/// Types as they are compared.
pub(crate) fn plain_types<T: Into<String>>(types: impl IntoIterator<Item = T>) -> Vec<String> {
    strings(types).iter().map(|sql_type| plain_type(sql_type)).collect()
}
