//! The files that `schema` in `migrate.toml` names, read together.

use std::fs;

use migrate_core::desired::Desired;
use migrate_model::catalog::naming::Naming;

use super::schema::read;
use crate::config::{CONFIG_FILE, Environment, Project};
use crate::failure::Failure;
use crate::ui;

/// What the project's sources say of its schema. Names that are not given there are those of `naming`.
pub(crate) fn desired(
    project: &Project,
    environment: &Environment,
    naming: &Naming,
) -> Result<Desired, Failure> {
    let Some(files) = &project.config.schema else {
        return Err(Failure::new("which schema the program is written for is not known").hint(
            format!("name the file of its `table!`s in {CONFIG_FILE}: schema = \"src/schema.rs\""),
        ));
    };
    let mut all = Desired::default();
    for file in files.each() {
        let path = project.folder.join(file);
        let shown = ui::path(&path, &environment.folder);
        let text = fs::read_to_string(&path).map_err(|error| {
            Failure::new(format!("cannot read {shown}"))
                .caused_by(error)
                .hint(format!("it is named by `schema` in {CONFIG_FILE}"))
        })?;
        let read = read(&text, &shown, naming)?;
        if let Some(name) =
            read.catalog.tables.keys().find(|name| all.catalog.tables.contains_key(name))
        {
            return Err(Failure::new(format!(
                "table `{name}` is in {shown} and in a file before it"
            ))
            .hint(format!("the files are those of `schema` in {CONFIG_FILE}")));
        }
        all.catalog.tables.extend(read.catalog.tables);
        all.catalog.enums.extend(read.catalog.enums);
        all.whole.extend(read.whole);
        all.renamed.tables.extend(read.renamed.tables);
        all.renamed.columns.extend(read.renamed.columns);
    }
    Ok(all)
}
