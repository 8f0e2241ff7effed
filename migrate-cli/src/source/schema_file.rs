//! The project's `schema.rs`: where it is, what stands in it, and how it is replaced.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::TokenStream;
use similar::TextDiff;

use super::schema::diesel_toml::Printing;
use super::schema::plain;
use crate::config::{CONFIG_FILE, Project};
use crate::failure::Failure;
use crate::ui;

/// The file, and how it is printed.
#[derive(Clone, Debug)]
pub(crate) struct SchemaFile {
    path: PathBuf,
    /// Its name for people.
    pub(crate) shown: String,
    /// How it is printed.
    pub(crate) printing: Printing,
}

/// The file that is named, that of `schema` in `migrate.toml`, or that of `diesel.toml`.
pub(crate) fn find(
    project: &Project,
    printings: &[Printing],
    named: Option<&Path>,
    here: &Path,
) -> Result<SchemaFile, Failure> {
    let configured: Vec<PathBuf> = match &project.config.schema {
        Some(files) => files.each().iter().map(|file| project.folder.join(file)).collect(),
        None => printings.iter().filter_map(|printing| printing.file.clone()).collect(),
    };
    let path = match (named, configured.as_slice()) {
        (Some(path), _) => here.join(path),
        (None, [path]) => path.clone(),
        (None, []) => {
            return Err(Failure::new("which file holds the schema is not known").hint(format!(
                "name it: --file src/schema.rs, or once and for all in {CONFIG_FILE}: schema = \"src/schema.rs\""
            )));
        }
        (None, several) => {
            let names: Vec<String> = several.iter().map(|path| ui::path(path, here)).collect();
            let of = if project.config.schema.is_some() { CONFIG_FILE } else { "diesel.toml" };
            return Err(Failure::new(format!("{of} names several files: {}", names.join(", ")))
                .hint(format!(
                    "name the one that is meant: --file {}",
                    crate::args::quoted(&names[0])
                )));
        }
    };
    let own = printings.iter().find(|printing| printing.file.as_ref() == Some(&path));
    let printing = own.or(match printings {
        [one] => Some(one),
        _ => None,
    });
    let shown = ui::path(&path, here);
    Ok(SchemaFile { shown, path, printing: printing.cloned().unwrap_or_default() })
}

/// Whether two texts say the same, however they stand on their lines.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let tokens =
        |text: &str| TokenStream::from_str(&plain_lines(text)).map(|tokens| tokens.to_string());
    plain_lines(one) == plain_lines(other)
        || matches!((tokens(one), tokens(other)), (Ok(one), Ok(other)) if one == other)
}

fn plain_lines(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n")
}

impl SchemaFile {
    /// What stands in it; nothing where it is not there.
    pub(crate) fn read(&self) -> Result<Option<String>, Failure> {
        let shown = &self.shown;
        if self.path.is_dir() {
            return Err(Failure::new(format!("{shown} is a folder")).hint(format!(
                "name the file: --file {}",
                crate::args::quoted(&format!("{shown}/schema.rs"))
            )));
        }
        match fs::read(&self.path) {
            Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| {
                Failure::new(format!("cannot read {shown}")).because("it is not UTF-8 text")
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::new(format!("cannot read {shown}")).caused_by(error)),
        }
    }

    /// What would be different, as a unified diff.
    pub(crate) fn difference(&self, before: &str, after: &str) -> String {
        let before = plain_lines(before);
        let difference = TextDiff::from_lines(before.as_str(), after);
        difference
            .unified_diff()
            .context_radius(3)
            .header(&self.shown, "migrate schema")
            .to_string()
    }

    /// Refuses to lose what a printed schema doesn't hold.
    pub(crate) fn check_replaceable(&self, before: &str) -> Result<(), Failure> {
        let shown = &self.shown;
        let own = plain::own(before).map_err(|fault| {
            Failure::new(format!("{shown} can't be read as Rust, so it is not written over"))
                .because(fault)
                .hint("set it right, or take it away, and write it anew")
        })?;
        let Some(own) = own else { return Ok(()) };
        let failure = Failure::new(format!(
            "{shown} holds more than a printed schema, so it is not written over: line {}, `{}`",
            own.line, own.what
        ));
        Err(match own.what.contains("schema!") {
            true => failure.hint(
                "a `schema!` says what the schema is to be; the migrations follow it, not the other way round",
            ),
            false => failure.hint("move that to another file, or print into one: --file src/printed_schema.rs"),
        })
    }

    /// Writes `text`, in one step, unless it is there already. Says whether it was written.
    pub(crate) fn write(&self, text: &str) -> Result<bool, Failure> {
        let before = self.read()?;
        if let Some(before) = &before {
            if is_same(before, text) {
                return Ok(false);
            }
            self.check_replaceable(before)?;
        }
        let is_windows = before.is_some_and(|before| before.contains("\r\n"));
        let text = if is_windows { text.replace('\n', "\r\n") } else { text.to_owned() };
        self.replace(&text)?;
        Ok(true)
    }

    fn replace(&self, text: &str) -> Result<(), Failure> {
        let cannot = |error: std::io::Error| {
            Failure::new(format!("cannot write {}", self.shown))
                .caused_by(error)
                .hint("nothing was changed")
        };
        // What a link points to is replaced, not the link.
        let path = match fs::symlink_metadata(&self.path) {
            Ok(_) => fs::canonicalize(&self.path).map_err(cannot)?,
            Err(_) => self.path.clone(),
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        if !folder.is_dir() {
            let folder = Path::new(&self.shown).parent().unwrap_or(folder);
            return Err(Failure::new(format!("cannot write {}", self.shown))
                .because(format!("there is no folder {}", ui::path(folder, Path::new(""))))
                .hint("create the folder, or name another file: --file src/schema.rs"));
        }
        let permissions = fs::metadata(&path).ok().map(|metadata| metadata.permissions());
        let is_read_only = |permissions: &fs::Permissions| permissions.readonly();
        let is_locked = fs::metadata(folder).is_ok_and(|folder| folder.permissions().readonly());
        if is_locked || permissions.as_ref().is_some_and(is_read_only) {
            return Err(Failure::new(format!("cannot write {}", self.shown))
                .because(if is_locked { "its folder is read-only" } else { "it is read-only" })
                .hint("nothing was changed; make it writable first"));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".schema-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder).map_err(cannot)?;
        file.write_all(text.as_bytes()).map_err(cannot)?;
        file.as_file().sync_all().map_err(cannot)?;
        if let Some(permissions) = permissions {
            fs::set_permissions(file.path(), permissions).map_err(cannot)?;
        }
        file.persist(&path).map_err(|error| cannot(error.error))?;
        Ok(())
    }
}
