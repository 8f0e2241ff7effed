//! The life of enums.

use migrate_core::prelude::*;
use tests::backends;

use crate::Trial;

/// Alembic: the second table that uses an enum finds that "type already exists"; dropping a table or column leaves the type behind,
/// and a downgrade of that has nowhere to take the values from.
#[test]
fn an_enum_that_two_tables_share_lives_until_it_is_dropped() {
    fn begin(op: &mut Ops) {
        op.create_enum(enum_type("side").values(["buy", "sell"]));
        for name in ["orders", "fills"] {
            op.create_table(table(name).column(enumeration("side", "side").default("buy")));
        }
    }
    fn one(op: &mut Ops) {
        op.drop_table("orders");
    }
    fn all(op: &mut Ops) {
        op.drop_column("fills", "side");
        op.drop_enum("side");
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, begin);
        let schema = trial.schema();
        trial.execute("INSERT INTO fills VALUES ('sell')");
        trial.up(one);
        assert!(!trial.takes("INSERT INTO fills VALUES ('other')"), "{backend}");
        trial.execute("DELETE FROM fills");
        trial.up(|op| {
            op.add_column("fills", integer("id").nullable());
        });
        trial.up(all);
        assert!(!trial.dump().contains("sell"), "{backend}: {}", trial.dump());
        trial.back().back().back();
        assert_eq!(trial.schema(), schema, "{backend}");
        assert!(trial.takes("INSERT INTO orders VALUES ('sell')"), "{backend}");
        assert!(!trial.takes("INSERT INTO orders VALUES ('other')"), "{backend}");
    }
}
