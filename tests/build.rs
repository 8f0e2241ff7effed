//! Lets cargo see new files of the chains that tests are made of.

fn main() {
    println!("cargo::rerun-if-changed=tests/baseline/made");
    println!("cargo::rerun-if-changed=tests/import_diesel/made");
    println!("cargo::rerun-if-changed=tests/sql_files");
}
