//! Spans of time as people write them: `500ms`, `10s`, `5min`, `1h`.

use std::time::Duration;

/// Reads a span of time: a whole number and `ms`, `s`, `min` or `h`; a number alone is of seconds.
///
/// ```
/// use std::time::Duration;
/// use migrate_model::duration;
///
/// assert_eq!(duration::parse("500ms"), Some(Duration::from_millis(500)));
/// assert_eq!(duration::parse("10"), Some(Duration::from_secs(10)));
/// assert_eq!(duration::parse("5 min"), Some(Duration::from_secs(300)));
/// assert_eq!(duration::parse("soon"), None);
/// ```
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let milliseconds = match text[digits..].trim() {
        "ms" => 1,
        "" | "s" | "sec" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    // PostgreSQL keeps such settings in 32 bits.
    let all = number.checked_mul(milliseconds).filter(|all| *all <= 2_147_483_647)?;
    Some(Duration::from_millis(all))
}

/// What is said where a span of time can't be read.
pub const EXAMPLE: &str = "a time such as 500ms, 10s, 5min or 1h";
