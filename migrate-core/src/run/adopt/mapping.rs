//! Which of our revisions the version of another tool is. Only names are looked at.
//!
//! ```text
//! id       the revision is called that                  1975ea83b712
//! stem     its file is                                  m20220101_000001_create_table.rs
//! number   the id or the file begins with that number   20240101000000_create_users.up.sql, V1__initial.rs
//! stamp    the version begins with the file's stamp     20240101_0930_…, for 20240101093000
//! ```
//!
//! The first of these ways that finds a revision is taken; where it finds several, none is.

use super::Foreign;
use crate::Revision;

/// What was found for a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// One revision.
    One(&'static str),
    /// None.
    None,
    /// More than one.
    Several(Vec<&'static str>),
}

/// Looks for the revision that each row's version is.
pub(super) fn find(revisions: &[Revision], foreign: &Foreign) -> Vec<Match> {
    let mut found: Vec<Match> =
        foreign.rows.iter().map(|row| of_version(revisions, &row.version)).collect();
    // Two migrations of one minute are none that a stamp can tell apart.
    for at in 0..found.len() {
        let Match::One(id) = found[at] else { continue };
        let same: Vec<usize> =
            (0..found.len()).filter(|&other| found[other] == Match::One(id)).collect();
        if same.len() > 1 {
            for other in same {
                found[other] = Match::Several(vec![id]);
            }
        }
    }
    found
}

fn of_version(revisions: &[Revision], version: &str) -> Match {
    let numbers = numbers(version);
    // A name such as sea-orm's is its longest number; 20240101 alone would be a whole day.
    let number = numbers.last().map(String::as_str);
    let is_number = |text: &str| {
        let Some(number) = number else { return false };
        self::numbers(text).iter().any(|one| plain(one) == plain(number))
    };
    let begins = |text: &str| {
        const DAY: usize = "20240101".len();
        let Some(number) = number else { return false };
        let stamps = self::numbers(text);
        let found = stamps.iter().rposition(|stamp| number.starts_with(stamp.as_str()));
        let Some(at) = found else { return false };
        // A day alone is no stamp of a file that goes on with the time.
        let has_time = stamps.get(at + 1).is_some_and(|next| matches!(next.len(), 12 | 14));
        stamps[at].len() > DAY || stamps[at].len() == DAY && !has_time
    };
    let ways: [&dyn Fn(&Revision) -> bool; 4] = [
        &|one| one.id == version,
        &|one| one.stem == version || one.id.eq_ignore_ascii_case(version),
        &|one| is_number(one.id) || is_number(one.stem),
        &|one| begins(one.stem),
    ];
    for way in ways {
        let found: Vec<&'static str> =
            revisions.iter().filter(|one| way(one)).map(|one| one.id).collect();
        match found.as_slice() {
            [] => {}
            [id] => return Match::One(id),
            _ => return Match::Several(found),
        }
    }
    Match::None
}

/// The numbers that a name may begin with, each one group of digits longer: `20240101_0930_add` begins with `20240101`
/// and `202401010930`. A letter before them, as in `V1__initial` and `m20220101_000001_…`, is passed over.
fn numbers(name: &str) -> Vec<String> {
    let rest = name.strip_prefix(['m', 'M', 'v', 'V', 'r', 'u', 'U']).unwrap_or(name);
    let mut numbers = Vec::new();
    let mut number = String::new();
    for group in rest.split(['_', '-']) {
        if group.is_empty() || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        number.push_str(group);
        numbers.push(number.clone());
    }
    numbers
}

/// A number without zeros before it.
fn plain(number: &str) -> &str {
    number.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use migrate_model::op::Ops;

    use super::*;
    use crate::run::adopt::{ForeignRow, Tool};

    fn nothing(_: &mut Ops) {}

    fn check(chain: &[(&'static str, &'static str)], versions: &str, expected: &[Match]) {
        let revisions: Vec<Revision> = chain
            .iter()
            .map(|(id, file)| Revision::new(id, &[], "", file, nothing, nothing))
            .collect();
        let rows = versions.split(' ').map(|version| ForeignRow {
            version: version.to_owned(),
            title: None,
            is_dirty: false,
        });
        let foreign = Foreign { tool: Tool::Diesel, table: "t".into(), rows: rows.collect() };
        assert_eq!(find(&revisions, &foreign), expected, "{chain:?} {versions}");
    }

    #[test]
    fn a_version_is_found_by_id_file_number_or_stamp() {
        use Match::{None, One, Several};
        // Alembic
        check(
            &[("1975ea83b712", "20240101_0930_1975ea83b712_a.rs")],
            "1975ea83b712",
            &[One("1975ea83b712")],
        );
        check(&[("1975ea83b712", "1975ea83b712_a.rs")], "ae1027a6acf0", &[None]);
        // Diesel
        let two = &[("a1", "20240101000000_users.up.sql"), ("b2", "20240102000000_orders.up.sql")];
        check(two, "20240101000000 20240102000000", &[One("a1"), One("b2")]);
        check(&[("a1", "2024-01-01-000000_users.up.sql")], "20240101000000", &[One("a1")]);
        check(&[("20240101000000", "users.rs")], "20240101000000", &[One("20240101000000")]);
        check(
            &[("00000000000000", "x.rs"), ("a", "y.rs")],
            "00000000000000",
            &[One("00000000000000")],
        );
        // SeaORM
        check(
            &[("a1", "m20220101_000001_create_table.rs")],
            "m20220101_000001_create_table",
            &[One("a1")],
        );
        check(
            &[("a1", "20220101000001_a1_create.rs")],
            "m20220101_000001_create_table",
            &[One("a1")],
        );
        check(&[("a1", "20220102_000001_create.rs")], "m20220101_000001_create_table", &[None]);
        // refinery, sqlx
        check(
            &[("a1", "V1__initial.rs"), ("b2", "V2__more.rs")],
            "1 2 3",
            &[One("a1"), One("b2"), None],
        );
        check(
            &[("a1", "0001_a1_initial.rs"), ("b2", "0010_b2_more.rs")],
            "1 10",
            &[One("a1"), One("b2")],
        );
        // By the stamp, which tells minutes: the longest that fits.
        let stamps = &[("a1", "20240101_0930_a1_users.rs"), ("b2", "20240101_0931_b2_orders.rs")];
        check(stamps, "20240101093012 20240101093100", &[One("a1"), One("b2")]);
        check(stamps, "20240101093012 20240101093059", &[Several(vec!["a1"]), Several(vec!["a1"])]);
        check(stamps, "20240101093200", &[None]);
        // Ids of digits are no part of a stamp that is looked for.
        check(&[("12", "20240101_0930_12_users.rs")], "20240101093012", &[One("12")]);
        check(&[("a1", "1_x.rs"), ("b2", "01_y.rs")], "1", &[Several(vec!["a1", "b2"])]);
    }
}
