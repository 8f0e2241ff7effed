#!/usr/bin/env bash
# Makes a chain of many revisions and measures how long a look at it takes.
#
#     benches/long_history.sh [COUNT]        10000 unless told
#
# The sources are read by `cargo-migrate` (a release build, as it is installed), the
# compiled chain by a project's `migrate`, in a release and a debug build.
# `migrate.toml` names the folder, so cargo is asked for nothing: the time is our own.
# See benches/README.md for BENCH_DIR, BENCH_TARGET_DIR, BENCH_ROUNDS and BENCH_PROFILES. With
# BENCH_SOURCES_ONLY=1 no chain is compiled.
set -euo pipefail

count=${1:-10000}
rounds=${BENCH_ROUNDS:-5}
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
unset DATABASE_URL

write_crate() {
    rm -rf "$crate/src"
    mkdir -p "$versions"
    cat >"$crate/Cargo.toml" <<TOML
[package]
name = "long"
version = "0.0.0"
edition = "2024"
publish = false

[[bin]]
name = "migrate"
path = "src/main.rs"

[dependencies]
migrate-core = { path = "$root/migrate-core" }
migrate-cli = { path = "$root/migrate-cli" }

[workspace]
TOML
    cp "$root/Cargo.lock" "$crate/Cargo.lock"
    echo 'versions = "src/versions"' >"$crate/migrate.toml"
    echo 'fn main() { println!("cargo::rerun-if-changed=src/versions"); }' >"$crate/build.rs"
    echo 'migrate_core::migrations!("src/versions");' >"$crate/src/lib.rs"
    echo 'fn main() -> std::process::ExitCode { migrate_cli::main(&long::CHAIN) }' >"$crate/src/main.rs"
}

# Most are in a line; every fiftieth is beside the one before and is merged by the next. The last has
# nothing after it to merge it, so it is in the line: the chain has one head.
write_migrations() {
    local number id file parents before=None
    for ((number = 1; number <= count; number++)); do
        printf -v id 'r%011d' "$number"
        printf -v file '20240101_%06d_%s_change.rs' "$number" "$id"
        case $((number == count ? 2 : number % 50)) in
        49) parents=$before beside=$before ;;
        0) parents=$beside both="[$before, \"$id\"]" ;;
        1) parents=${both:-$before} ;;
        *) parents=$before ;;
        esac
        printf '%s\n' 'use migrate_core::prelude::*;' '' "/// Add column $number" \
            "#[migration(revision = \"$id\", down_revision = $parents)]" \
            'pub fn upgrade(op: &mut Ops) {' \
            "    op.add_column(\"orders\", text(\"notes_$number\").nullable());" \
            "    op.create_index(index(\"idx_$number\").on(\"orders\", [\"notes_$number\"]));" \
            '}' >"$versions/$file"
        before="\"$id\""
    done
}

# `row PROGRAM WORDS...`: prints the least time of a command.
row() {
    local round start end least=
    for ((round = 1; round <= rounds; round++)); do
        start=$(date +%s%N)
        (cd "$crate" && "$@" >/dev/null)
        end=$(date +%s%N)
        if [[ -z $least ]] || ((end - start < least)); then least=$((end - start)); fi
    done
    printf '%-44s %5d ms\n' "$(basename "$1") ${*:2}" $((least / 1000000))
}

write_crate
write_migrations
cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p migrate-cli --bin cargo-migrate
echo "$count revisions, $(nproc) cores, $(rustc --version | cut -d' ' -f1,2), the best of $rounds"
last=$(printf 'r%011d' "$count")
for words in history 'history --graph' 'history --json' heads "show $last"; do
    # shellcheck disable=SC2086
    row "$CARGO_TARGET_DIR/release/cargo-migrate" $words
done
# What is not our own: the same files, read by as many processes as there are cores.
read_all() {
    find src/versions -name '*.rs' -print0 | xargs -0 -P "$(nproc)" -n $(((count + $(nproc) - 1) / $(nproc))) cat
}
row read_all
[[ -n ${BENCH_SOURCES_ONLY:-} ]] && exit
for profile in ${BENCH_PROFILES:-release debug}; do
    cargo build --quiet --profile "${profile/debug/dev}" --manifest-path "$crate/Cargo.toml"
    migrate=$CARGO_TARGET_DIR/$profile/migrate
    for words in history 'history --graph' 'history --json' heads "show $last"; do
        # shellcheck disable=SC2086
        row "$migrate" --quiet $words
    done
    # Where the database is: at the beginning, and once all of it is declared to be applied.
    rm -f "$crate/bench.db"
    export DATABASE_URL=sqlite:///bench.db
    (cd "$crate" && "$migrate" --quiet stamp base)
    row "$migrate" --quiet current
    (cd "$crate" && "$migrate" --quiet stamp head)
    row "$migrate" --quiet current
    unset DATABASE_URL
    echo "                                             ($profile build)"
done
