//! A run as `tracing` hears it.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};

use insta::assert_snapshot;
use migrate_core::{Migrator, Options, prelude::*, trace::Tracing};
use tests::{Backend, Database, chain, revision};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// Writes down what it hears, indented by the spans that it is in.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    text: String,
    spans: Vec<String>,
    depth: usize,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Times are others each time.
        match field.name() {
            "message" => self.0.insert_str(0, &format!("{value:?}")),
            "elapsed_ms" => self.0.push_str(" elapsed_ms=…"),
            name => write!(self.0, " {name}={value:?}").expect("a text"),
        }
    }
}

impl Heard {
    fn line(&mut self, text: &str) {
        let indent = "  ".repeat(self.depth);
        self.text.push_str(&format!("{indent}{text}\n"));
    }
}

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("migrate_core")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        let mut heard = self.0.lock().expect("it");
        heard.spans.push(format!("{}{}", span.metadata().name(), fields.0));
        Id::from_u64(heard.spans.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let level = event.metadata().level();
        self.0.lock().expect("it").line(&format!("{level} {}", fields.0));
    }

    fn enter(&self, span: &Id) {
        let mut heard = self.0.lock().expect("it");
        let name = heard.spans[span.into_u64() as usize - 1].clone();
        heard.line(&name);
        heard.depth += 1;
    }

    fn exit(&self, _: &Id) {
        self.0.lock().expect("it").depth -= 1;
    }
}

#[test]
fn a_run_is_a_span_with_a_span_for_each_step() {
    let faulty = chain(vec![
        revision("a", &[], |op| {
            op.create_table(table("users").column(bigint("id").primary_key()));
        }),
        revision("b", &["a"], |op| {
            op.execute("INSERT INTO users (id) VALUES (1)").undo_nothing();
            op.execute("INSERT INTO users (id) VALUES (1)").undo_nothing();
        }),
    ]);
    let database = Database::fresh(Backend::Sqlite);
    let ear = Ear::default();
    tracing::subscriber::with_default(ear.clone(), || {
        let mut observer = Tracing::new();
        let mut migrator = Migrator::new(&faulty).observed_by(&mut observer);
        migrator.upgrade(&mut database.sqlite(), "head").expect_err("a duplicate");
        drop(migrator);
        drop(observer);
        // Nothing to do is no run.
        let mut observer = Tracing::new();
        let mut migrator = Migrator::new(&faulty).observed_by(&mut observer);
        migrator.upgrade(&mut database.sqlite(), "a").expect("nothing");
    });
    let heard = ear.0.lock().expect("it");
    assert_eq!(heard.depth, 0, "every span is left");
    let places = regex::Regex::new(r"\.rs:\d+").expect("a pattern");
    assert_snapshot!(places.replace_all(&heard.text, ".rs:LINE"), @r#"
    migrations steps=2
      migration revision="a" title="a" direction="upgrade" number=1
        DEBUG statement sql="CREATE TABLE \"users\" (\"id\" BIGINT NOT NULL, CONSTRAINT \"users_pkey\" PRIMARY KEY (\"id\"))"
        INFO finished elapsed_ms=…
      migration revision="b" title="b" direction="upgrade" number=2
        DEBUG statement sql="INSERT INTO users (id) VALUES (1)"
        DEBUG statement sql="INSERT INTO users (id) VALUES (1)"
        ERROR failed error="execute INSERT INTO users (id) VALUES (1) (tests/tests/tracing.rs:LINE): UNIQUE constraint failed: users.id"
    "#);
}

#[test]
fn the_steps_of_a_single_transaction_end_each_in_its_own_span() {
    let two = chain(vec![
        revision("a", &[], |op| {
            op.create_table(table("users").column(bigint("id").primary_key()));
        }),
        revision("b", &["a"], |op| {
            op.create_table(table("orders").column(bigint("id").primary_key()));
        }),
    ]);
    let database = Database::fresh(Backend::Sqlite);
    let ear = Ear::default();
    tracing::subscriber::with_default(ear.clone(), || {
        let mut observer = Tracing::new();
        let options = Options { single_transaction: true, ..Options::default() };
        let mut migrator = Migrator::new(&two).with(options).observed_by(&mut observer);
        migrator.upgrade(&mut database.sqlite(), "head").expect("an upgrade");
    });
    let heard = ear.0.lock().expect("it");
    assert_eq!(heard.depth, 0, "every span is left");
    let told: Vec<&str> = heard.text.lines().filter(|line| !line.contains("DEBUG")).collect();
    assert_snapshot!(told.join("\n"), @r#"
    migrations steps=2
      migration revision="a" title="a" direction="upgrade" number=1
      migration revision="b" title="b" direction="upgrade" number=2
      migration revision="a" title="a" direction="upgrade" number=1
        INFO finished elapsed_ms=…
      migration revision="b" title="b" direction="upgrade" number=2
        INFO finished elapsed_ms=…
    "#);
}
