//! `--sql`: what a command would do, as a script for the database's own client.
//!
//! Nothing is connected to. Of the database URL only the scheme is looked at.

use migrate_core::run::{Migrator, Options, ScriptOf};
use migrate_model::Dialect;

use super::Session;
use crate::args::{self, DialectWord, Sql};
use crate::config::{self, Origin, Project};
use crate::failure::Failure;
use crate::secret::Secret;

impl Session<'_> {
    /// Prints a script, and nothing else on stdout.
    pub(super) fn script(
        &mut self,
        sql: Sql,
        options: Options,
        of: ScriptOf<'_>,
    ) -> Result<u8, Failure> {
        let project = Project::find(self.environment, self.globals.config.as_deref())?;
        let dialect = self.dialect(&project, sql.dialect)?;
        let dialect = dialect.ok_or_else(|| no_dialect("which database the script is for"))?;
        let known = project.options(self.environment)?;
        let options = Options {
            version_table: known.version_table,
            log_table: known.log_table,
            // Who will run it is not known, so only who says it counts.
            applied_by: self.environment.named_applied_by().unwrap_or("script").to_owned(),
            ..options
        };
        let script = Migrator::new(self.chain).with(options).script(dialect, of)?;
        if script.steps == 0 {
            self.ui.say("Nothing to run: the script would be empty");
        } else {
            self.ui.verbatim(script.text.trim_end_matches('\n'));
        }
        Ok(0)
    }

    /// The dialect that is named, or that of the database; none where neither is said.
    fn dialect(
        &self,
        project: &Project,
        named: Option<DialectWord>,
    ) -> Result<Option<Dialect>, Failure> {
        let option = self.globals.database_url.as_ref().map(Secret::expose);
        match named {
            Some(word) => Ok(Some(word.into())),
            None => config::dialect(self.environment, project, option),
        }
    }
}

impl Session<'_> {
    /// The dialect that is named, or that of the database, also of the one that is made up where none is named; `what` is
    /// what it is wanted for.
    pub(super) fn spoken(
        &self,
        project: &Project,
        named: Option<DialectWord>,
        what: &str,
    ) -> Result<Dialect, Failure> {
        if let Some(dialect) = self.dialect(project, named)? {
            return Ok(dialect);
        }
        let option = self.globals.database_url.as_ref().map(Secret::expose);
        match config::database(self.environment, project, option) {
            Ok((_, Origin::Default)) => Ok(Dialect::Sqlite),
            Ok(_) | Err(_) => Err(no_dialect(what)),
        }
    }
}

/// The failure where nobody says what is spoken.
fn no_dialect(what: &str) -> Failure {
    Failure::new(format!("{what} is not known"))
        .hint("name it: --dialect postgres, sqlite, mysql or mariadb")
}

/// A range says where the database is; of a connected one, its version table does.
pub(super) fn refuse_range(typed: &[String], target: &str) -> Result<(), Failure> {
    if !target.contains(':') {
        return Ok(());
    }
    let typed: Vec<String> = typed.iter().filter(|word| *word != "--dry-run").cloned().collect();
    let again = args::with_option(&typed, "--sql");
    Err(Failure::new(format!("`{target}` is a range, and one revision is wanted here")).hint(
        format!("the database itself says where it is; a range is for a script: migrate {again}"),
    ))
}
