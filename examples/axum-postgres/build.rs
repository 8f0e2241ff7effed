//! Tells cargo to look at the folder: it sees a new file in it only when it is asked to.

fn main() {
    println!("cargo::rerun-if-changed=src/versions");
}
