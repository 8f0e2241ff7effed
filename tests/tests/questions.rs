//! How many statements a look at a database takes: as many for fifty tables as for five.

use migrate_core::Migrator;
use migrate_core::backend::{
    Database as _, DatabaseError, ReflectError, Reflected, Scope, canonical_beside, normalize,
};
use migrate_core::catalog::Catalog;
use migrate_core::op::Code;
use migrate_core::prelude::*;
use tests::difference::differences;
use tests::{Backend, Database, backends};

/// A connection that counts what goes through it.
struct Counted {
    connection: Box<dyn migrate_core::backend::Database>,
    number: usize,
}

impl Counted {
    fn next(&mut self) -> &mut dyn migrate_core::backend::Database {
        self.number += 1;
        self.connection.as_mut()
    }
}

impl migrate_core::backend::Database for Counted {
    fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    fn detect(&mut self) -> Result<Dialect, DatabaseError> {
        self.next().detect()
    }

    fn batch(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.next().batch(sql)
    }

    fn affected(&mut self, sql: &str) -> Result<usize, DatabaseError> {
        self.next().affected(sql)
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        self.next().query(sql)
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.next().begin()
    }

    fn begin_reading(&mut self) -> Result<(), DatabaseError> {
        self.next().begin_reading()
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.next().commit()
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.next().rollback()
    }

    fn run(&mut self, code: &Code) -> Result<(), DatabaseError> {
        self.next().run(code)
    }
}

fn create<const COUNT: usize>(op: &mut Ops) {
    for number in 0..COUNT {
        let name = &*format!("table_{number:02}");
        op.create_table(
            table(name)
                .column(bigint("id").primary_key())
                .column(bigint("parent_id").nullable().references("table_00", "id"))
                .column(varchar("name", 100))
                .column(integer("amount").default(0)),
        );
        op.create_index(index(&format!("idx_{name}_name")).on(name, ["name"]));
    }
    // In other words than a server's own.
    let amount = integer("amount").check("amount>0");
    op.create_table(table("orders").column(bigint("id").primary_key()).column(amount));
}

/// Reads the schema and asks for the texts of the one that is expected.
fn look(backend: Backend, create: fn(&mut Ops)) -> usize {
    let database = Database::fresh(backend);
    let chain = tests::chain(vec![tests::revision("a", &[], create)]);
    let migrated = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    migrated.unwrap_or_else(|error| panic!("{}", tests::told(&error)));
    let mut counted = Counted { connection: database.connect(), number: 0 };
    let dialect = counted.detect().expect("a dialect");
    let mut op = Ops::new(dialect);
    create(&mut op);
    let mut catalog = Catalog::default();
    op.recorded().iter().try_for_each(|op| op.apply(&mut catalog)).expect("a schema");
    let Reflected { catalog: found, .. } = read(&mut counted).expect("a schema");
    let asked = canonical_beside(&mut counted, &catalog, &found).expect("texts");
    let lines = differences(&normalize(dialect, &asked), &normalize(dialect, &found));
    assert!(lines.is_empty(), "{backend}: {lines:#?}");
    counted.number
}

fn read(database: &mut dyn migrate_core::backend::Database) -> Result<Reflected, ReflectError> {
    database.reflect(&Scope::default())
}

#[test]
fn many_tables_take_no_more_questions_than_few() {
    for backend in backends() {
        assert_eq!(look(backend, create::<5>), look(backend, create::<50>), "{backend}");
    }
}

/// Every container asks this when it starts: a run that has nothing to run takes no lock, and asks little.
#[test]
fn an_upgrade_at_head_asks_little() {
    let most = |backend| match backend {
        Backend::Sqlite => 8,
        Backend::Postgres => 9,
        Backend::Mariadb => 17,
    };
    for backend in backends() {
        let database = Database::fresh(backend);
        let mut connection = database.connect();
        let chain = &migrations::CHAIN;
        Migrator::new(chain).upgrade(connection.as_mut(), "head").expect("an upgrade");
        let mut counted = Counted { connection, number: 0 };
        let report = Migrator::new(chain).upgrade(&mut counted, "head").expect("nothing to run");
        assert!(report.steps.is_empty());
        assert!(counted.number <= most(backend), "{backend}: {} statements", counted.number);
    }
}
