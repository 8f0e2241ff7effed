//! `migrations!("folder")`: a module for each file, and `CHAIN`.

use std::path::{Path, PathBuf};

use migrate_model::source::Fault;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::ast::Migrations;
use crate::build_script::Cargo;
use crate::folder::{self, Content, File, Folder};
use crate::{fallback, valid};

pub(crate) fn migrations(input: &Migrations) -> TokenStream {
    let cargo = Cargo::environment();
    let literal = input.folder.span();
    let caller = literal.unwrap().local_file();
    let folder = find(&input.folder.value(), &cargo.manifest, caller.as_deref());
    let read = folder.as_ref().map(|path| (path, folder::read(path)));
    let Some((path, Ok(folder))) = read else {
        let message = format!(
            "there is no folder `{0}` in this package, nor beside this file; \
             `cargo migrate revision -m \"…\"` makes it",
            input.folder.value()
        );
        let error = fallback::errors(&[Fault::new(message, literal)]);
        let chain = chain(input, &[]);
        return quote! { #error #chain };
    };

    let mut messages = left_out(&folder);
    match caller {
        Some(_) => messages.extend(cargo.advice(path)),
        // An editor, or paths that were remapped: the attributes don't know their files.
        None => messages.extend(complaints(&folder)),
    }
    messages.extend(valid::graph_faults(&folder, input.rules));
    let faults: Vec<Fault> =
        messages.into_iter().map(|message| Fault::new(message, literal)).collect();
    let errors = fallback::errors(&faults);

    let caller = caller.unwrap_or_else(|| cargo.manifest.join("src/lib.rs"));
    let modules = modules(&folder);
    let way = relative(&caller, path);
    let files = modules.iter().map(|module| module.declare(&way));
    let chain = chain(input, &modules);
    quote! { #errors #(#files)* #chain }
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

/// Says which files of the folder are no migration.
fn left_out(folder: &Folder) -> Vec<String> {
    let files = folder.files.iter().filter_map(|(name, file)| match &file.content {
        Content::NoMigration(fault) => Some(format!("`{name}` {fault}")),
        Content::Unreadable | Content::Faulty | Content::Migration(_) => None,
    });
    files.collect()
}

/// Says what each attribute would say, had it known its file.
fn complaints(folder: &Folder) -> impl Iterator<Item = String> {
    folder.complaints.iter().flat_map(|(name, complaints)| {
        complaints.iter().map(move |complaint| format!("`{name}`: {}", complaint.message))
    })
}

/// A file that becomes a module.
struct Module<'a> {
    name: Ident,
    file: &'a str,
    content: &'a Content,
}

fn modules(folder: &Folder) -> Vec<Module<'_>> {
    let mut modules: Vec<Module<'_>> = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    for (file, File { content, .. }) in &folder.files {
        if matches!(content, Content::NoMigration(_)) {
            continue;
        }
        let mut name = module_name(file);
        while !names.insert(name.clone()) {
            name.push('_');
        }
        modules.push(Module { name: format_ident!("{name}"), file, content });
    }
    modules
}

/// `20241015_0930_3f2a9c41b7d0_add_order_notes.rs` as an identifier.
fn module_name(file: &str) -> String {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let letters = stem.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' });
    format!("m{}", letters.collect::<String>())
}

impl Module<'_> {
    fn declare(&self, folder: &str) -> TokenStream {
        let Module { name, file, content } = self;
        let path = if folder.is_empty() { (*file).to_owned() } else { format!("{folder}/{file}") };
        let unused = match content {
            Content::Migration(read) if read.needs_inverse => quote!(deny),
            Content::Migration(_)
            | Content::Unreadable
            | Content::NoMigration(_)
            | Content::Faulty => quote!(allow),
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
        match self.content {
            Content::Migration(_) | Content::Faulty => Some(quote!(#name::REVISION)),
            Content::Unreadable | Content::NoMigration(_) => None,
        }
    }

    fn test(&self) -> Option<TokenStream> {
        let name = &self.name;
        let id = match self.content {
            Content::Migration(read) => read.node.id.as_ref() as &str,
            Content::Faulty | Content::Unreadable | Content::NoMigration(_) => return None,
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
    let about = format!("Every revision in `{}`.", input.folder.value());
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
