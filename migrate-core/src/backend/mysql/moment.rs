//! Points in time with their zone, as MySQL and MariaDB read them: in UTC, which is the zone of every run, and without
//! an offset, which MariaDB refuses.

/// A point in time in the words of SQL, if the text is one with an offset.
pub(super) fn utc(text: &str) -> Option<String> {
    let (clock, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, "+00:00".to_owned()),
        None => {
            // Behind the date, whose parts have a `-` between them too.
            let at = text.get(10..)?.rfind(['+', '-'])? + 10;
            let (clock, offset) = text.split_at(at);
            let digits: String = offset.chars().skip(1).filter(|one| *one != ':').collect();
            let is_offset =
                matches!(digits.len(), 2 | 4) && digits.bytes().all(|digit| digit.is_ascii_digit());
            let sign = offset.get(..1).filter(|_| is_offset)?;
            let (hours, minutes) = digits.split_at(2);
            let minutes = if minutes.is_empty() { "00" } else { minutes };
            (clock, format!("{sign}{hours}:{minutes}"))
        }
    };
    let clock = clock.trim_end();
    let is_clock = clock.starts_with(|one: char| one.is_ascii_digit())
        && clock.contains(':')
        && clock.chars().all(|one| one.is_ascii_digit() || "-:. Tt".contains(one));
    if !is_clock {
        return None;
    }
    let clock = clock.replace(['T', 't'], " ");
    Some(match offset.as_str() {
        "+00:00" | "-00:00" => format!("'{clock}'"),
        offset => format!("CONVERT_TZ('{clock}', '{offset}', '+00:00')"),
    })
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn an_offset_is_counted_in() {
        let check = |text, expected: Option<&str>| assert_eq!(utc(text).as_deref(), expected);
        check("2024-01-02 03:04:05.25+00:00", Some("'2024-01-02 03:04:05.25'"));
        check("2024-01-02T03:04:05Z", Some("'2024-01-02 03:04:05'"));
        check(
            "2024-01-02 03:04:05-0530",
            Some("CONVERT_TZ('2024-01-02 03:04:05', '-05:30', '+00:00')"),
        );
        check(
            "2024-01-02 03:04:05+02",
            Some("CONVERT_TZ('2024-01-02 03:04:05', '+02:00', '+00:00')"),
        );
        for plain in ["2024-01-02 03:04:05", "2024-01-02", "", "now", "it's +00:00", "🚀🚀🚀-01"]
        {
            check(plain, None);
        }
    }
}
