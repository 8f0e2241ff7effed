//! `migrations!("folder", …)`: a module for each file, and `CHAIN`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use migrate_model::source::{Fault, FileName};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::LitStr;

use crate::ast::Migrations;
use crate::build_script::Cargo;
use crate::folder::{self, Content, File, Folders};
use crate::{fallback, sql, valid};

pub(crate) fn migrations(input: &Migrations) -> TokenStream {
    let cargo = Cargo::environment();
    // All folders are named in one file.
    let caller = input.folders.first().and_then(|folder| folder.span().unwrap().local_file());
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut faults = Vec::new();
    for literal in &input.folders {
        match find(&literal.value(), &cargo.manifest, caller.as_deref()) {
            Some(path) if paths.iter().any(|other| is_same(other, &path)) => {
                faults.push(Fault::new("this folder is named twice", literal.span()));
            }
            Some(path) => paths.push(path),
            None => faults.push(Fault::new(no_folder(&literal.value()), literal.span())),
        }
    }
    let names: Vec<String> = input.folders.iter().map(LitStr::value).collect();
    let read = if faults.is_empty() { folder::read(&paths, &names) } else { Ok(Arc::default()) };
    let folders = read.unwrap_or_else(|error| {
        let message = format!("the folder of the migrations can't be read: {error}");
        faults.extend(input.folders.first().map(|literal| Fault::new(message, literal.span())));
        Arc::default()
    });
    if !faults.is_empty() {
        let errors = fallback::errors(&faults);
        let chain = chain(input, &[]);
        return quote! { #errors #chain };
    }

    for (literal, path) in input.folders.iter().zip(&paths) {
        // Without it this is an editor, or paths were remapped, and nothing is built.
        let advice = caller.as_ref().and_then(|_| cargo.advice(path));
        faults.extend(advice.map(|message| Fault::new(message, literal.span())));
    }
    let mut messages = left_out(&folders);
    messages.extend(complaints(&folders, caller.is_none()));
    messages.extend(valid::graph_faults(&folders, input.rules));
    let place = input.folders.first().map_or_else(Span::call_site, LitStr::span);
    faults.extend(messages.into_iter().map(|message| Fault::new(message, place)));
    let errors = fallback::errors(&faults);

    let caller = caller.unwrap_or_else(|| cargo.manifest.join("src/lib.rs"));
    let modules = modules(&folders);
    let ways = paths.iter().map(|path| relative(&caller, path));
    // As `file!()` would say it there.
    let said = PathBuf::from(place.unwrap().file());
    let said = said.parent().map_or("".into(), Path::to_string_lossy);
    let ways: Vec<Way> = ways.map(|way| Way { shown: joined(&said, &way), way }).collect();
    let files = modules.iter().map(|module| module.declare(&ways));
    let chain = chain(input, &modules);
    quote! { #errors #(#files)* #chain }
}

/// How a folder is reached.
struct Way {
    /// From the folder of the calling file.
    way: String,
    /// From where the compiler runs.
    shown: String,
}

fn joined(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

fn no_folder(name: &str) -> String {
    format!(
        "there is no folder `{name}` in this package, nor beside this file; \
         `cargo migrate revision -m \"…\"` makes it"
    )
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|one| real(other) == Some(one))
}

/// The folder, seen from the package or from the calling file.
///
/// The second is for packages whose manifest is elsewhere, as trybuild's are.
fn find(folder: &str, manifest: &Path, caller: Option<&Path>) -> Option<PathBuf> {
    let beside = caller.and_then(Path::parent).map(|parent| parent.join(folder));
    [Some(manifest.join(folder)), beside].into_iter().flatten().find(|path| path.is_dir())
}

/// The way from the folder of `caller` to `folder`: an absolute one would put a
/// home folder into the binary.
fn relative(caller: &Path, folder: &Path) -> String {
    let parent = caller.parent().unwrap_or(Path::new(""));
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (mut from, mut to) = (absolute(parent), absolute(folder));
    if !to.starts_with(&from) {
        // A way up is only right where no part of it is a link.
        let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
        (from, to) = (real(from), real(to));
    }
    let shared = from.iter().zip(to.iter()).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(shared).map(|_| "..".into());
    let down = to.iter().skip(shared).map(|part| part.to_string_lossy());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// Says which files of the folders are no migration.
fn left_out(folders: &Folders) -> Vec<String> {
    let files = folders.files.iter().flat_map(|(name, file)| match &file.content {
        Content::NoMigration(fault) => vec![format!("`{name}` {fault}")],
        Content::FaultySql(said) => said.clone(),
        Content::Unreadable | Content::Faulty | Content::Migration(_) | Content::Sql(_) => {
            Vec::new()
        }
    });
    files.collect()
}

/// Says what no attribute says: what is wrong with SQL files beside others, and where the attributes don't know
/// their files, as in an editor, what they would say.
fn complaints(folders: &Folders, is_for_all: bool) -> Vec<String> {
    let mut said = Vec::new();
    for (name, complaints) in &folders.complaints {
        for complaint in complaints {
            match folders.files.get(name).map(|file| &file.content) {
                Some(Content::Sql(pair)) => {
                    said.push(sql::complaint(name, &pair.migration.header, complaint));
                }
                _ if is_for_all => said.push(format!("`{name}`: {}", complaint.message)),
                _ => {}
            }
        }
    }
    said
}

/// A file that becomes a module.
struct Module<'a> {
    name: Ident,
    file: &'a File,
}

fn modules(folders: &Folders) -> Vec<Module<'_>> {
    let mut modules: Vec<Module<'_>> = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    for file in folders.files.values() {
        if matches!(file.content, Content::NoMigration(_) | Content::FaultySql(_)) {
            continue;
        }
        let mut name = module_name(&file.name);
        while !names.insert(name.clone()) {
            name.push('_');
        }
        modules.push(Module { name: format_ident!("{name}"), file });
    }
    modules
}

/// `20241015_0930_3f2a9c41b7d0_add_order_notes.rs` as an identifier.
fn module_name(file: &str) -> String {
    let stem = match FileName::read(file) {
        FileName::Rust(stem) | FileName::Sql(stem, _) => stem,
        FileName::Other => file,
    };
    let letters = stem.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' });
    format!("m{}", letters.collect::<String>())
}

impl Module<'_> {
    /// `ways` lead to the folders of the chain.
    fn declare(&self, ways: &[Way]) -> TokenStream {
        let Module { name, file: File { content, folder, name: file, .. } } = self;
        let (way, shown) = ways.get(*folder).map_or(("", ""), |way| (&way.way, &way.shown));
        if let (Content::Sql(pair), FileName::Sql(stem, _)) = (content, FileName::read(file)) {
            return pair.declare(name, stem, way, shown);
        }
        let path = joined(way, file);
        let unused = match content {
            Content::Migration(read) if read.needs_inverse => quote!(deny),
            Content::Migration(_)
            | Content::Unreadable
            | Content::NoMigration(_)
            | Content::Faulty
            | Content::Sql(_)
            | Content::FaultySql(_) => quote!(allow),
        };
        quote! {
            #[path = #path]
            #[allow(missing_docs, unreachable_pub, non_snake_case)]
            #[#unused(unused_must_use)]
            mod #name;
        }
    }

    /// What stands for it in `CHAIN`: nothing where rustc cannot read the file.
    fn revision(&self) -> Option<TokenStream> {
        let name = &self.name;
        match &self.file.content {
            Content::Migration(_) | Content::Faulty | Content::Sql(_) => {
                Some(quote!(#name::REVISION))
            }
            Content::Unreadable | Content::NoMigration(_) | Content::FaultySql(_) => None,
        }
    }

    fn test(&self) -> Option<TokenStream> {
        let name = &self.name;
        let id = match &self.file.content {
            Content::Migration(read) => read.node.id.as_ref() as &str,
            Content::Sql(pair) => pair.node.id.as_ref(),
            Content::Faulty
            | Content::Unreadable
            | Content::NoMigration(_)
            | Content::FaultySql(_) => return None,
        };
        Some(quote! {
            #[test]
            fn #name() {
                super::__migrate_core::verify::revision(&super::CHAIN, #id);
            }
        })
    }
}

fn chain(input: &Migrations, modules: &[Module<'_>]) -> TokenStream {
    let revisions = modules.iter().filter_map(Module::revision);
    let tests = modules.iter().filter_map(Module::test);
    let (heads, bases) = (input.rules.multiple_heads, input.rules.multiple_bases);
    let naming = match &input.naming {
        None => quote!(__migrate_core::catalog::naming::Naming::DEFAULT),
        Some(naming) => quote!(#naming),
    };
    let folders = input.folders.iter().map(|folder| format!("`{}`", folder.value()));
    let about = format!("Every revision in {}.", folders.collect::<Vec<_>>().join(" and "));
    quote! {
        #[doc = #about]
        #[allow(unreachable_pub)]
        pub static CHAIN: __migrate_core::chain::Chain = __migrate_core::chain::Chain::named(
            &[#(#revisions),*],
            __migrate_core::revision::Rules { multiple_heads: #heads, multiple_bases: #bases },
            #naming,
        );

        /// Each migration records the same ops twice, and can be taken back.
        #[cfg(test)]
        #[allow(non_snake_case)]
        mod migrations_tests {
            #(#tests)*
        }
    }
}
