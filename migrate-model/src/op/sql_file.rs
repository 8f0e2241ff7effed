//! One half of a migration that is a pair of SQL files: each of its statements as an op, at its own line.

use super::{Effect, Execute, Op, Ops, Place, Undo};
use crate::catalog::TableName;
use crate::sql::{self, Thing, Touched};

/// An SQL file, as `migrations!` compiled it in.
#[derive(Clone, Copy, Debug)]
pub struct SqlFile {
    /// Where it is, as places show it.
    pub file: &'static str,
    /// What it says.
    pub text: &'static str,
    /// What its header calls opaque: schemas, empty where none is said, and names.
    pub opaque: &'static [(&'static str, &'static str)],
    /// Whether its header says that no statement changes a schema.
    pub declares_nothing: bool,
}

/// Ops from SQL files.
impl Ops {
    /// Writes down the statements of an SQL file, each with its line.
    ///
    /// Comments before a statement are no part of it: they can be written anew without another checksum.
    pub fn sql_file(&mut self, file: &SqlFile) {
        // CRLF and LF are the same SQL, wherever the source was checked out.
        let text = file.text.replace("\r\n", "\n");
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let mut opaque = Vec::new();
        for &(schema, name) in file.opaque {
            let schema = (!schema.is_empty()).then(|| schema.to_owned());
            opaque.push(Thing::Table(TableName { schema, name: name.to_owned() }));
        }
        let mut is_used = false;
        let first = self.recorded.len();
        for range in sql::ranges(text) {
            let statement = sql::bare(&text[range.clone()]);
            let start = range.end - statement.len();
            let line = text[..start].matches('\n').count() + 1;
            let effect = match sql::touched(self.dialect(), statement) {
                _ if file.declares_nothing => Effect::Read(Vec::new()),
                Touched::Things(things) => Effect::Read(things),
                Touched::Transaction => Effect::Unsaid,
                // Nothing said of it is refused when it is simulated.
                Touched::Untold if opaque.is_empty() => Effect::Unsaid,
                Touched::Untold => {
                    is_used = true;
                    Effect::Read(opaque.clone())
                }
            };
            let sql = statement.to_owned();
            let place = Place { file: file.file, line: u32::try_from(line).unwrap_or(u32::MAX) };
            self.write(Op::Execute(Execute { sql, effect, undo: Undo::Unsaid }), place);
        }
        // Names that no statement needs are still meant.
        if !is_used
            && let Some(Op::Execute(execute)) =
                self.recorded.get_mut(first).map(|recorded| &mut recorded.what)
            && let Effect::Read(things) = &mut execute.effect
        {
            things.extend(opaque);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, build::*, check, index};
    use crate::op::{apply_all, canonical, invert_all};
    use crate::{Dialect, Recorded};

    fn recorded(dialect: Dialect, file: SqlFile) -> Vec<Recorded> {
        let mut ops = Ops::new(dialect);
        ops.sql_file(&file);
        ops.into_recorded()
    }

    const FILE: SqlFile =
        SqlFile { file: "a.up.sql", text: "", opaque: &[], declares_nothing: false };

    fn catalog() -> Catalog {
        let mut ops = Ops::new(Dialect::Postgres);
        ops.create_table(table("users").column(bigint("id").primary_key()));
        ops.create_table(
            table("orders")
                .column(bigint("id").primary_key())
                .column(bigint("user_id").references("users", "id")),
        );
        ops.create_index(index("by_user").on("orders", ["user_id"]));
        ops.create_extension("pg_trgm");
        let mut catalog = Catalog::default();
        apply_all(ops.recorded(), &mut catalog).unwrap();
        catalog
    }

    #[test]
    fn each_statement_is_an_op_at_its_line() {
        let text = "\u{feff}-- revision: a\r\n\r\n-- first\r\nCREATE TABLE a (\r\n  b int\r\n);\r\n\r\nINSERT INTO a VALUES (1);\r\n";
        let ops = recorded(Dialect::Postgres, SqlFile { text, ..FILE });
        let lines: Vec<String> =
            ops.iter().map(|op| format!("{} {}", op.place, op.describe())).collect();
        assert_eq!(
            lines,
            [
                "a.up.sql:4 execute CREATE TABLE a ( b int )",
                "a.up.sql:8 execute INSERT INTO a VALUES (1)"
            ]
        );
        let same = "CREATE TABLE a (\n  b int\n); /* more */ INSERT INTO a VALUES (1)";
        let same = recorded(Dialect::Postgres, SqlFile { text: same, ..FILE });
        assert_eq!(canonical(&ops), canonical(&same), "comments and line ends are no part of it");
    }

    #[test]
    fn a_body_that_a_delimiter_lets_hold_semicolons_stays_one_statement() {
        let text =
            "DELIMITER //\nCREATE PROCEDURE p() IF a THEN b; END IF//\nDELIMITER ;\nSELECT 1;";
        let ops = recorded(Dialect::Mariadb, SqlFile { text, ..FILE });
        let [Op::Execute(first), Op::Execute(_)] = [&ops[0].what, &ops[1].what] else { panic!() };
        assert_eq!(first.statements(), ["CREATE PROCEDURE p() IF a THEN b; END IF"]);
        assert_eq!(ops[0].place.line, 2);
    }

    /// What is opaque after the file, or why it does not fit.
    fn check_opaque(text: &'static str, expected: &str) {
        check_file(SqlFile { text, ..FILE }, expected);
    }

    fn check_file(file: SqlFile, expected: &str) {
        let mut catalog = catalog();
        let found = match apply_all(&recorded(Dialect::Postgres, file), &mut catalog) {
            Ok(()) => catalog.opaque.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => format!("{}: {}", error.place, error.what),
        };
        assert_eq!(found, expected, "{}", file.text);
    }

    #[test]
    fn the_catalog_vouches_no_longer_for_what_a_file_is_about() {
        check_opaque("INSERT INTO orders VALUES (1)", "");
        check_opaque("ALTER TABLE orders ADD notes text", "orders");
        check_opaque("ALTER TABLE \"Orders\" ADD notes text", "Orders orders");
        check_opaque("DROP TABLE users CASCADE", "orders users");
        check_opaque("ALTER INDEX by_user RENAME TO by_users", "orders");
        check_opaque("CREATE FUNCTION f() RETURNS int AS $$a; b$$", "");
        check_opaque("CREATE EXTENSION IF NOT EXISTS pg_trgm", "");
        check_opaque(
            "SELECT 1;\nDROP EXTENSION pg_trgm",
            "a.up.sql:2: this SQL changes the extension `pg_trgm`, which a migration in Rust made",
        );
        check_opaque(
            "DO $$a$$",
            "a.up.sql:1: this SQL may change the schema, and does not say how: `DO $$a$$`",
        );
        check_opaque(
            "BEGIN",
            "a.up.sql:1: `BEGIN` begins or ends a transaction, which is the runner's to do",
        );
    }

    #[test]
    fn what_the_header_declares_holds() {
        let opaque: &[(&str, &str)] = &[("", "orders"), ("s", "odd name")];
        check_file(SqlFile { text: "DO $$a$$", opaque, ..FILE }, "orders s.odd name");
        check_file(SqlFile { text: "SELECT f()", opaque, ..FILE }, "orders s.odd name");
        check_file(SqlFile { text: "DO $$a$$", declares_nothing: true, ..FILE }, "");
        let text = "DROP EXTENSION pg_trgm";
        check_file(SqlFile { text, declares_nothing: true, ..FILE }, "");
    }

    #[test]
    fn ops_on_a_table_that_sql_made_work_and_are_taken_back() {
        let mut catalog = catalog();
        let text = "CREATE TABLE notes (id int)";
        apply_all(&recorded(Dialect::Postgres, SqlFile { text, ..FILE }), &mut catalog).unwrap();
        let mut ops = Ops::new(Dialect::Postgres);
        ops.add_column("notes", text_column("body"));
        ops.alter_column("notes", "body").rename_to("words");
        ops.create_check_constraint("notes", check("id > 0").named("positive"));
        ops.create_index(index("by_words").on("notes", ["words"]));
        ops.rename_table("notes", "remarks");
        let back = invert_all(ops.recorded(), &catalog).unwrap();
        let lines: Vec<String> = back.iter().map(|op| op.describe()).collect();
        assert_eq!(
            lines,
            [
                "rename table remarks to notes",
                "drop index by_words",
                "drop constraint positive of notes",
                "rename column notes.words to body",
                "drop column notes.body"
            ]
        );
        let before = catalog.clone();
        apply_all(ops.recorded(), &mut catalog).unwrap();
        assert!(
            catalog.opaque.contains(&"remarks".into()) && !catalog.opaque.contains(&"notes".into())
        );
        apply_all(&back, &mut catalog).unwrap();
        assert_eq!(catalog, before);

        let mut ops = Ops::new(Dialect::Postgres);
        ops.drop_column("notes", "body");
        let error = invert_all(ops.recorded(), &before).unwrap_err();
        assert_eq!(
            error.what.to_string(),
            "what `notes` looked like is not known, since SQL that can't be read changed it"
        );
    }

    fn text_column(name: &str) -> impl crate::catalog::build::AddableColumn {
        text(name).nullable()
    }
}
