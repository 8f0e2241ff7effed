//! What stands below the help of a command: lines to copy.

pub(super) const VERIFIES: &str = "\
Beside the database that the URL names, another one is created and dropped in the end; the one that
it names is left alone. For SQLite all is done in memory.

Examples:
  migrate verify                  every migration, until one has a fault
  migrate verify head             the newest one
  migrate verify 3f2a:            from one on
  migrate verify --keep-going --database-url postgres://postgres@localhost/postgres";

pub(super) const UPGRADES: &str = "\
Examples:
  migrate upgrade               all that is pending
  migrate upgrade +1            the next one
  migrate upgrade reports@head  one branch
  migrate upgrade --sql > upgrade.sql";

pub(super) const DOWNGRADES: &str = "\
Examples:
  migrate downgrade -1    the last one
  migrate downgrade 3f2a  all that are above a revision
  migrate downgrade base  all";

pub(super) const CHECKS: &str = "\
Examples:
  migrate check              what is missing, of the migrations and of the database
  migrate check --offline    whether a migration is missing, without a database
  migrate check --no-schema  whether somebody changed the database by hand
  migrate check --sql        the statements that would make up for it

Exit code 0 where nothing differs, 3 where something does.";

pub(super) const PLANS: &str = "\
Examples:
  migrate plan       all that is pending
  migrate plan -1    what taking the last one back would do
  migrate plan base  what taking all back would do";

pub(super) const HISTORIES: &str = "\
Examples:
  migrate history -r 3f2a:head      from a revision up
  migrate history -i -r current:    from where the database is up
  migrate history --format mermaid  a flowchart for documents";

pub(super) const SCHEMAS: &str = "\
Examples:
  migrate schema > src/schema.rs        what diesel print-schema would print
  migrate schema --check                whether the project's schema.rs is that
  migrate schema --write                write it
  migrate schema 3f2a --format sql      the statements that make it
  migrate schema --format mermaid       a diagram for documents
  migrate schema --from database --json";

pub(super) const STAMPS: &str = "\
Examples:
  migrate stamp head             the schema was made by other means
  migrate stamp base             nothing is applied
  migrate stamp --purge 3f2a     the version table names a revision that is gone";

pub(super) const ADOPTS: &str = "\
Examples:
  migrate adopt --from alembic --dry-run              what would be written
  migrate adopt --from alembic
  migrate adopt --from diesel --at 3f2a               the chain begins with a baseline
  migrate adopt --from sqlx --map 20240101000000=3f2a
  migrate adopt --from alembic --table other.alembic_version

Nothing is run, and the other tool's table stays as it is. Where the schema differs from what the
migrations make, nothing is written.";

pub(super) const LOGS: &str = "\
Examples:
  migrate log -n 5                what was done last
  migrate log 3f2a                what was done with a revision, be it gone from the migrations
  migrate log --since 2026-04-01  from a day on

Days are those of UTC.";

pub(super) const REPAIRS: &str = "\
Examples:
  migrate repair                                         what there is to repair
  migrate repair 3f2a --accept --reason 'a typo in SQL'  a migration was edited, or is gone
  migrate repair --version-table --reason 'a restore'    the version table contradicts the log

Nothing is run, and nothing of the schema is changed. Exit code 3 where there is something to repair.";

pub(super) const BASELINES: &str = "\
For tables that something else has made so far. Nothing is changed in the database; behind it, say that it has this migration:
  migrate stamp head

Examples:
  migrate baseline -m 'What Alembic made'
  migrate baseline --database-url postgres://user@staging/shop

With one row in Alembic's alembic_version that is the id of the migration, unless --rev-id says another.";

pub(super) const MARKS: &str = "\
Examples:
  migrate mark             the mark that the database has
  migrate mark production
  migrate mark --none";
pub(super) const RESUMES: &str = "\
Examples:
  migrate resume              go on where it stopped; the schema tells where that was
  migrate resume --mark-done  the schema can't tell, and you have looked: it took effect
  migrate resume --run-again  it did not

`upgrade` and `downgrade` go on by themselves where the schema tells.";

pub(super) const SHOWS: &str = "\
Examples:
  migrate show head
  migrate show 3f2a --sql         the SQL of its upgrade
  migrate show 3f2a --sql --down  the SQL of its downgrade";

pub(super) const COMPLETES: &str = "\
Examples:
  migrate completions bash > ~/.local/share/bash-completion/completions/migrate
  migrate completions fish > ~/.config/fish/completions/migrate.fish";
