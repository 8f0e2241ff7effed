//! "Did you mean …?"

/// The one of `names` that was probably meant by `written`.
///
/// A name that `written` abbreviates or extends is nearest, then the fewest edits, then the first in order.
/// Nothing is nearer than a guess when more than a quarter of the letters differ.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = written.to_lowercase().chars().collect();
    // Far more than any id; it keeps a hostile word from costing a square of its length per name.
    if letters.is_empty() || letters.len() > 200 {
        return None;
    }
    let limit = (letters.len() / 4).max(1);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let other: Vec<char> = name.to_lowercase().chars().collect();
        let is_part = letters.len() >= 3
            && other.len() >= 3
            && (other.starts_with(&letters) || letters.starts_with(&other));
        let edits = if is_part {
            0
        } else if letters.len().abs_diff(other.len()) > limit {
            continue;
        } else {
            edits(&letters, &other)
        };
        if edits <= limit && best.is_none_or(|best| (edits, name) < best) {
            best = Some((edits, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Insertions, deletions, replacements and swaps of neighbours that make `a` into `b`.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, names: &[&str], expected: Option<&str>) {
        assert_eq!(nearest(written, names.iter().copied()), expected, "{written}");
    }

    #[test]
    fn a_slip_of_the_hand_is_found() {
        let names = ["3f2a9c41b7d0", "ae1027a6acf0", "reports"];
        check("3f2a9c41b7d1", &names, Some("3f2a9c41b7d0")); // another letter
        check("3f2a9c4b7d0", &names, Some("3f2a9c41b7d0")); // one missing
        check("3f2a9c417bd0", &names, Some("3f2a9c41b7d0")); // two swapped
        check("3F2A9C41B7D0", &names, Some("3f2a9c41b7d0"));
        check("ae1027", &names, Some("ae1027a6acf0")); // a part of it
        check("report", &names, Some("reports"));
        check("raports", &names, Some("reports"));
        check("orders", &names, None);
        check("", &names, None);
    }
}
