#!/usr/bin/env bash
# Measures `migrate check` on many tables in PostgreSQL: how long it takes and how many statements it sends.
#
#     benches/check_tables.sh [COUNT]        100 and 1000 unless told
#
# Every table has 8 columns, 2 indexes and 1 foreign key, and the program, the chain and the database agree. The server is
# one of `tests/run`, private and thrown away. Where BENCH_PYTHON (else python3) has alembic, sqlalchemy and
# psycopg, Alembic's `check` is measured on the same tables. See benches/README.md for BENCH_DIR,
# BENCH_TARGET_DIR and BENCH_ROUNDS; BENCH_PROFILES="release" leaves out the debug build.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
if [[ -z ${MIGRATE_TEST_POSTGRES_URL:-} ]]; then
    export MIGRATE_TEST_BACKENDS=postgres
    exec "$root/tests/run" --with "$root/benches/check_tables.sh" "$@"
fi

counts=(${1:-100 1000})
rounds=${BENCH_ROUNDS:-5}
read -r -a profiles <<<"${BENCH_PROFILES:-release debug}"
python=${BENCH_PYTHON:-python3}
server=$MIGRATE_TEST_POSTGRES_URL
if [[ -n ${BENCH_DIR:-} ]]; then
    crate=$BENCH_DIR
    mkdir -p "$crate"
else
    crate=$(mktemp -d)
    trap 'rm -rf "$crate"' EXIT
fi
export CARGO_TARGET_DIR=${BENCH_TARGET_DIR:-$crate/target}
unset DATABASE_URL

sql() {
    "$PG_BIN/psql" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$server" --command "$1"
}

# Ten migrations of as many tables each. How many is told as the program runs, so one build is enough.
write_crate() {
    rm -rf "$crate/src"
    mkdir -p "$crate/src/versions"
    cat >"$crate/Cargo.toml" <<TOML
[package]
name = "checked"
version = "0.0.0"
edition = "2024"
publish = false

[[bin]]
name = "migrate"
path = "src/main.rs"

[dependencies]
migrate-core = { path = "$root/migrate-core", default-features = false, features = ["postgres"] }
migrate-cli = { path = "$root/migrate-cli", default-features = false, features = ["postgres"] }

[workspace]
TOML
    cp "$root/Cargo.lock" "$crate/Cargo.lock"
    printf '%s\n' 'versions = "src/versions"' 'schema = "src/schema.rs"' >"$crate/migrate.toml"
    echo 'fn main() { println!("cargo::rerun-if-changed=src/versions"); }' >"$crate/build.rs"
    cat >"$crate/src/main.rs" <<'RUST'
use migrate_core::prelude::*;

migrate_core::migrations!("src/versions");

fn create(op: &mut Ops, part: usize) {
    let count: usize = std::env::var("BENCH_TABLES").map_or(1000, |text| text.parse().unwrap());
    for number in part * count / 10..(part + 1) * count / 10 {
        let name = &*format!("table_{number:05}");
        let parent = &*format!("table_{:05}", number.saturating_sub(1));
        op.create_table(
            table(name)
                .column(bigint("id").primary_key().identity())
                .column(bigint("parent_id").nullable().references(parent, "id"))
                .column(varchar("name", 100))
                .column(text("notes").nullable())
                .column(integer("amount").default(0))
                .column(numeric("price", 12, 2).nullable())
                .column(boolean("is_active").default(true))
                .column(timestamptz("created_at").default_now()),
        );
        op.create_index(index(&format!("idx_{name}_parent")).on(name, ["parent_id"]));
        op.create_index(index(&format!("idx_{name}_name")).on(name, ["name", "created_at"]));
    }
}

fn main() -> std::process::ExitCode {
    migrate_cli::main(&CHAIN)
}
RUST
    local part id before=None
    for part in 0 1 2 3 4 5 6 7 8 9; do
        id=r0000000000$part
        printf '%s\n' 'use migrate_core::prelude::*;' '' "/// Create part $part of the tables" \
            "#[migration(revision = \"$id\", down_revision = $before)]" \
            'pub fn upgrade(op: &mut Ops) {' "    crate::create(op, $part);" '}' \
            >"$crate/src/versions/20240101_0$part""00_${id}_create.rs"
        before="\"$id\""
    done
}

# The same tables for Alembic, which compares them with no migrations behind it.
write_alembic() {
    mkdir -p "$crate/alembic/versions"
    printf '%s\n' '[alembic]' "script_location = $crate/alembic" >"$crate/alembic.ini"
    cat >"$crate/alembic/env.py" <<'PYTHON'
import os

import sqlalchemy as sa
from alembic import context

metadata = sa.MetaData()
for number in range(int(os.environ["BENCH_TABLES"])):
    name, parent = f"table_{number:05}", f"table_{max(number - 1, 0):05}"
    sa.Table(
        name,
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("parent_id", sa.BigInteger, sa.ForeignKey(f"{parent}.id")),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("notes", sa.Text),
        sa.Column("amount", sa.Integer, nullable=False, server_default="0"),
        sa.Column("price", sa.Numeric(12, 2)),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Index(f"idx_{name}_parent", "parent_id"),
        sa.Index(f"idx_{name}_name", "name", "created_at"),
    )

engine = sa.create_engine(os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg://"))
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=lambda name, kind, parents: not (name or "").startswith("__migrate"),
    )
    with context.begin_transaction():
        context.run_migrations()
PYTHON
}

# How many statements a command sends, of the server's log.
statements() {
    local log before
    log=$(sql 'SHOW data_directory')/../log
    sql "ALTER DATABASE $database SET log_statement = 'all'"
    before=$(wc -l <"$log")
    (cd "$crate" && "$@" >/dev/null 2>&1)
    tail -n "+$((before + 1))" "$log" | grep -cE 'LOG:  (statement|execute [^:]*):' || true
    sql "ALTER DATABASE $database RESET log_statement"
}

# `row NAME PROGRAM WORDS...`: prints the least time of a command, and what it sends.
row() {
    local round took least= TIMEFORMAT='%R %U %S'
    # Once before, to see that it finds no difference.
    (cd "$crate" && "${@:2}" >"$crate/said" 2>&1) || { cat "$crate/said" >&2; exit 1; }
    for ((round = 1; round <= rounds; round++)); do
        took=$({ time (cd "$crate" && "${@:2}" >/dev/null 2>&1); } 2>&1)
        if [[ -z $least ]] || [[ $(printf '%s\n' "$took" "$least" | sort -n | head -n 1) == "$took" ]]; then least=$took; fi
    done
    # shellcheck disable=SC2086
    printf '%-32s %7s s elapsed %7s s user %7s s system %5d statements\n' "$1" $least "$(statements "${@:2}")"
}

write_crate
write_alembic
for profile in "${profiles[@]}"; do
    cargo build --quiet --profile "${profile/debug/dev}" --manifest-path "$crate/Cargo.toml"
done
echo "$("$PG_BIN/postgres" --version), $(nproc) cores, $(rustc --version | cut -d' ' -f1,2), the best of $rounds"
for count in "${counts[@]}"; do
    database=check_$count
    export BENCH_TABLES=$count
    sql "CREATE DATABASE $database"
    export DATABASE_URL=${server%/*}/$database
    migrate=$CARGO_TARGET_DIR/${profiles[0]}/migrate
    (cd "$crate" && "$migrate" --quiet upgrade && rm -f src/schema.rs && "$migrate" --quiet schema >"$crate/schema" && mv "$crate/schema" src/schema.rs)
    sql "ANALYZE" >/dev/null
    for profile in "${profiles[@]}"; do
        row "migrate check, $count, $profile" "$CARGO_TARGET_DIR/$profile/migrate" check
    done
    if "$python" -c 'import alembic, sqlalchemy, psycopg' 2>/dev/null; then
        row "alembic check, $count" "$python" -m alembic -c "$crate/alembic.ini" check
    else
        echo "alembic check: not installed ($python -m pip install alembic sqlalchemy 'psycopg[binary]')"
    fi
done
