#!/usr/bin/env bash
# Makes a crate of many migrations and measures how long cargo takes over it.
#
#     benches/many_migrations.sh [COUNT]        1000 unless told
#
# See benches/README.md for what is measured. The crate stands in a temporary
# folder, or in the one named by BENCH_DIR, which is then left there.
set -euo pipefail

count=${1:-1000}
rounds=${BENCH_ROUNDS:-3}
root=$(cd "$(dirname "$0")/.." && pwd)
if [[ -n ${BENCH_DIR:-} ]]; then
    crate=$BENCH_DIR
    mkdir -p "$crate"
else
    crate=$(mktemp -d)
    trap 'rm -rf "$crate"' EXIT
fi
versions=$crate/src/versions
export CARGO_TARGET_DIR=${BENCH_TARGET_DIR:-$crate/target}

id() { printf 'r%011d' "$1"; }

# A migration: a table, a column and an index in turn, the latter two on the last table.
migration() {
    local number=$1 parent=None table
    table=orders_$((number - (number - 1) % 3))
    ((number > 1)) && parent="\"$(id $((number - 1)))\""
    echo 'use migrate_core::prelude::*;'
    echo
    echo "/// Change $table ($number)"
    echo "#[migration(revision = \"$(id "$number")\", down_revision = $parent)]"
    echo 'pub fn upgrade(op: &mut Ops) {'
    case $((number % 3)) in
    1)
        echo '    op.create_table('
        echo "        table(\"$table\")"
        echo '            .column(bigint("id"))'
        echo '            .column(text("symbol"))'
        echo '            .column(integer("quantity"))'
        echo '            .column(boolean("open"))'
        echo '            .column(text("notes").nullable())'
        echo '            .column(timestamp("created_at")),'
        echo '    );'
        ;;
    2) echo "    op.add_column(\"$table\", text(\"comment\").nullable());" ;;
    0) echo "    op.create_index(index(\"idx_$table\").on(\"$table\", [\"symbol\"]));" ;;
    esac
    echo '}'
}

file() { printf '%s/20240101_%06d_%s_change.rs' "$versions" "$1" "$(id "$1")"; }

write_crate() {
    rm -rf "$crate/src"
    mkdir -p "$versions"
    cat >"$crate/Cargo.toml" <<TOML
[package]
name = "many"
version = "0.0.0"
edition = "2024"
publish = false

[[bin]]
name = "migrate"
path = "src/main.rs"

[dependencies]
migrate-core = { path = "$root/migrate-core" }

[workspace]

[profile.dev.package.many]
codegen-units = ${BENCH_CODEGEN_UNITS:-256}
TOML
    cp "$root/Cargo.lock" "$crate/Cargo.lock"
    echo 'fn main() { println!("cargo::rerun-if-changed=src/versions"); }' >"$crate/build.rs"
    echo 'migrate_core::migrations!("src/versions");' >"$crate/src/lib.rs"
    echo 'fn main() { println!("{} revisions", many::CHAIN.revisions().len()); }' >"$crate/src/main.rs"
}

write_migrations() {
    local number
    for ((number = 1; number <= count; number++)); do migration "$number" >"$(file "$number")"; done
}

# `build EXPECTED`: builds, and leaves the milliseconds in `took`. EXPECTED is `rebuilt` or `fresh`.
build() {
    local before after state=fresh
    before=$(date +%s%N)
    cargo build --quiet --offline --manifest-path "$crate/Cargo.toml"
    after=$(date +%s%N)
    took=$(((after - before) / 1000000))
    [[ $CARGO_TARGET_DIR/debug/libmany.rlib -nt $crate/last_build ]] && state=rebuilt
    touch "$crate/last_build"
    if [[ $state != "$1" ]]; then
        echo "the crate should have been $1, but was $state" >&2
        exit 1
    fi
}

# `row TEXT STATE MILLISECONDS...`: prints the least of them.
row() {
    local least
    least=$(printf '%s\n' "${@:3}" | sort -n | head -n 1)
    printf '%-32s %-8s %3d.%02d s\n' "$1" "$2" $((least / 1000)) $((least % 1000 / 10))
}

write_crate
echo "$count migrations, $(nproc) cores, $(rustc --version | cut -d' ' -f1,2), the best of $rounds"

# The dependencies, with a chain of none.
cargo build --quiet --manifest-path "$crate/Cargo.toml"
touch "$crate/last_build"
sleep 1
write_migrations

build rebuilt && row 'build, dependencies ready' rebuilt "$took"
build fresh && row 'nothing changed' fresh "$took"
words=() ops=() added=() deleted=() elsewhere=()
edited=$(file $((count / 6 * 3 + 2)))
next=$(file $((count + 1)))
for ((round = 1; round <= rounds; round++)); do
    sed -i "s/text(\"[a-z0-9]*\")/text(\"remark$round\")/" "$edited"
    build rebuilt && words+=("$took")
    sed -i "s/^}\$/    op.drop_column(\"orders_1\", \"column_$round\");\n}/" "$edited"
    build rebuilt && ops+=("$took")
    migration $((count + 1)) >"$next"
    build rebuilt && added+=("$took")
    rm "$next"
    build rebuilt && deleted+=("$took")
    touch "$crate/README.md"
    build fresh && elsewhere+=("$took")
done
row 'after one edit: another word' rebuilt "${words[@]}"
row 'after one edit: another op' rebuilt "${ops[@]}"
row 'after one added file' rebuilt "${added[@]}"
row 'after one deleted file' rebuilt "${deleted[@]}"
row 'after a change elsewhere' fresh "${elsewhere[@]}"
