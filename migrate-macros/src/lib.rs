//! The macros that turn a folder of migration files into one checked chain.
//!
//! `migrations!("src/versions")` makes a module of every file and lists them in
//! `CHAIN`; `#[migration(…)]` in each file makes its `REVISION`. What is wrong
//! with one file is said at the word in that file, by the attribute; what is
//! wrong with the chain as a whole is said once, by `migrations!`. One mistake
//! is one error.
//!
//! `schema! { … }` is Diesel's `table!`s with all that they have no words for.
//!
//! Users reach all three through `migrate_core`.

mod ast;
mod attr;
mod build_script;
mod expand;
mod fallback;
mod folder;
mod schema;
mod sql;
mod valid;

use proc_macro::TokenStream;

/// Makes a migration of the function below it.
///
/// ```ignore
/// use migrate_core::prelude::*;
///
/// /// Add order notes
/// #[migration(revision = "3f2a9c41b7d0", down_revision = "ae1027a6acf0")]
/// pub fn upgrade(op: &mut Ops) {
///     op.add_column("orders", text("notes").nullable());
/// }
/// ```
///
/// The doc comment is the message. A function `downgrade` in the same file is
/// the way back; without one, it is the inverse of each op.
///
/// | Key | Value |
/// |---|---|
/// | `revision` | the id, at most 32 characters, required |
/// | `down_revision` | the revision before: `"…"`, `["…", "…"]` at a merge, `None` at a root; required |
/// | `depends_on` | ids or labels that must be applied first: `["…"]` |
/// | `branch_labels` | names of the branch that begins here: `["…"]` |
/// | `transaction` | `false`: the migration runs outside a transaction |
/// | `irreversible` | why there is no way back: `"…"` |
/// | `breaking` | what breaks in programs that still run: `"…"` |
/// | `loses` | what does not survive the way there and back: `["orders", "users.name"]` |
/// | `lock_timeout` | how long a statement waits for a lock at first: `"10s"` |
/// | `statement_timeout` | how long a statement may take: `"5min"` |
#[proc_macro_attribute]
pub fn migration(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attr::migration(arguments.into(), item.into()).into()
}

/// The part of `migrate_core::migrations!` that reads the folder.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as ast::Migrations);
    expand::migrations(&input).into()
}

/// The part of `migrate_core::schema!` that reads the tables.
#[proc_macro]
pub fn schema(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as schema::Input);
    schema::schema(input).into()
}
