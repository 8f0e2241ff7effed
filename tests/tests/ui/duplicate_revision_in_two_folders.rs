// at fault: "ae1027a6acf0"
migrate_core::migrations!(
    "duplicate_revision_in_two_folders/core",
    "duplicate_revision_in_two_folders/billing"
);

fn main() {}
