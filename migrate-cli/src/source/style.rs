//! How a project wants its migration files: their names, and what stands in a new one.
//!
//! ```text
//! file_template = "{year}{month}{day}_{hour}{minute}_{rev}_{slug}"     and `.rs` behind it
//! template      = a file with ${library}, ${doc}, ${attribute}, ${upgrade}, ${message}, ${revision} in it
//! ```

use chrono::{DateTime, Duration, FixedOffset, Local, NaiveDateTime, Utc};

use crate::config::{CONFIG_FILE, Project};
use crate::failure::Failure;

/// The names of files where nothing else is said.
const NAME: &str = "{year}{month}{day}_{hour}{minute}_{rev}_{slug}";

/// A new file where nothing else is said; as rustfmt writes it.
const TEXT: &str = "use ${library}::prelude::*;\n\n${doc}\n${attribute}\n${upgrade}\n";

/// The words of a file's name, and what chrono calls them.
const TIMES: [(&str, &str); 6] = [
    ("{year}", "%Y"),
    ("{month}", "%m"),
    ("{day}", "%d"),
    ("{hour}", "%H"),
    ("{minute}", "%M"),
    ("{second}", "%S"),
];

/// How files are named and what stands in a new one.
#[derive(Clone, Debug)]
pub(crate) struct FileStyle {
    name: String,
    zone: Zone,
    slug_length: usize,
    text: String,
}

/// Where the times in names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zone {
    Local,
    Fixed(FixedOffset),
}

impl Default for FileStyle {
    fn default() -> Self {
        FileStyle {
            name: NAME.to_owned(),
            zone: Zone::Fixed(UTC),
            slug_length: 40,
            text: TEXT.to_owned(),
        }
    }
}

const UTC: FixedOffset = FixedOffset::east_opt(0).expect("no offset at all");

impl FileStyle {
    /// What `migrate.toml` says.
    pub(crate) fn new(project: &Project) -> Result<FileStyle, Failure> {
        let config = &project.config;
        let mut style = FileStyle::of_names(project)?;
        if let Some(zone) = &config.timezone {
            style.zone = match zone.as_str() {
                "UTC" | "utc" => Zone::Fixed(UTC),
                "local" => Zone::Local,
                other => Zone::Fixed(other.parse().map_err(|_| {
                    Failure::new(format!("`timezone` in {CONFIG_FILE} is `{other}`"))
                        .hint("write \"UTC\", \"local\" or an offset, such as \"+02:00\"")
                })?),
            };
        }
        style.slug_length = config.slug_length.unwrap_or(style.slug_length);
        if let Some(template) = &config.template {
            let path = project.folder.join(template);
            style.text = std::fs::read_to_string(&path).map_err(|error| {
                Failure::new(format!(
                    "cannot read {}, the `template` of {CONFIG_FILE}",
                    template.display()
                ))
                .caused_by(error)
            })?;
            // CRLF would stay in what is otherwise written with LF.
            style.text = style.text.replace("\r\n", "\n");
        }
        Ok(style)
    }

    /// New files are made from this text.
    #[cfg(test)]
    pub(crate) fn of_text(text: &str) -> FileStyle {
        FileStyle { text: text.to_owned(), ..FileStyle::default() }
    }

    /// What `migrate.toml` says of names alone, for who writes no file: the template may be elsewhere.
    pub(crate) fn of_names(project: &Project) -> Result<FileStyle, Failure> {
        let mut style = FileStyle::default();
        if let Some(name) = &project.config.file_template {
            check_name(name)?;
            name.trim_end_matches(".rs").clone_into(&mut style.name);
        }
        Ok(style)
    }

    /// The name of a new file, later than those of its parents.
    pub(crate) fn file_name<'f>(
        &self,
        now: DateTime<Utc>,
        revision: &str,
        message: &str,
        parents: impl Iterator<Item = &'f str>,
    ) -> String {
        let now = match self.zone {
            Zone::Local => now.with_timezone(&Local).naive_local(),
            Zone::Fixed(offset) => now.with_timezone(&offset).naive_local(),
        };
        // The smallest step that can be seen in a name.
        let step = if self.name.contains("{second}") {
            Duration::seconds(1)
        } else {
            Duration::minutes(1)
        };
        let after = parents.filter_map(|parent| self.stamp(parent)).max();
        let after = after.and_then(|stamp| stamp.checked_add_signed(step));
        let time = after.map_or(now, |after| after.max(now));
        let slug = slug(message, self.slug_length);
        let mut name = self.name.clone();
        if slug.is_empty() {
            name = name.replace("_{slug}", "").replace("-{slug}", "");
        }
        for (word, chrono) in TIMES {
            name = name.replace(word, &time.format(chrono).to_string());
        }
        // An id may hold what leads out of a folder, or what no file can be called.
        let is_plain = |c: char| c.is_alphanumeric() || c == '_';
        let revision = revision.replace(|c| !is_plain(c), "_");
        let name = name.replace("{rev}", &revision).replace("{slug}", &slug);
        format!("{name}.rs")
    }

    /// The name that both files of a new pair share.
    pub(crate) fn stem<'f>(
        &self,
        now: DateTime<Utc>,
        revision: &str,
        message: &str,
        parents: impl Iterator<Item = &'f str>,
    ) -> String {
        let name = self.file_name(now, revision, message, parents);
        name.strip_suffix(".rs").unwrap_or(&name).to_owned()
    }

    /// The time in the name of a file, where names begin with one.
    pub(crate) fn stamp(&self, file: &str) -> Option<NaiveDateTime> {
        let end = self.name.find("{rev}").into_iter().chain(self.name.find("{slug}")).min()?;
        let (mut pattern, mut length) = (self.name[..end].to_owned(), end);
        for (word, chrono) in TIMES {
            let digits = if word == "{year}" { 4 } else { 2 };
            length -= pattern.matches(word).count() * word.len();
            length += pattern.matches(word).count() * digits;
            pattern = pattern.replace(word, chrono);
        }
        let name = file.rsplit(['/', '\\']).next()?;
        NaiveDateTime::parse_from_str(name.get(..length)?, &pattern).ok()
    }

    /// Whether a new file has a place for what the migration does.
    pub(crate) fn has_upgrade(&self) -> bool {
        self.text.contains("${upgrade}")
    }

    /// The content of a new file.
    pub(crate) fn text(&self, words: &[(&str, String)]) -> Result<String, Failure> {
        let mut text = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            let (word, after) = after.split_once('}').unwrap_or((after, ""));
            let Some((_, value)) = words.iter().find(|(name, _)| *name == word) else {
                let known: Vec<String> =
                    words.iter().map(|(name, _)| format!("${{{name}}}")).collect();
                return Err(Failure::new(format!(
                    "the template of {CONFIG_FILE} asks for ${{{word}}}"
                ))
                .hint(format!("there is {}", known.join(", "))));
            };
            text.push_str(value);
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }
}

/// What can be wrong about the names that a project wants.
fn check_name(name: &str) -> Result<(), Failure> {
    let wrong = |fault: &str| {
        Err(Failure::new(format!("`file_template` in {CONFIG_FILE} {fault}"))
            .hint(format!("the default is \"{NAME}\"")))
    };
    let mut rest = name.replace("{rev}", "").replace("{slug}", "");
    for (word, _) in TIMES {
        rest = rest.replace(word, "");
    }
    if !name.contains("{rev}") {
        // Two migrations of one minute with the same message would have one name.
        return wrong("leaves {rev} out, which tells files apart");
    }
    if rest.contains(['{', '}']) {
        return wrong("has words that nobody knows");
    }
    if rest.contains(['/', '\\', ':', '\0', '%']) || name.starts_with('.') {
        return wrong("is no name of a file");
    }
    Ok(())
}

/// The first words of a message, as they can stand in a file name.
fn slug(message: &str, longest: usize) -> String {
    let title = message.lines().next().unwrap_or("").to_lowercase();
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        if slug.is_empty() {
            slug = word.chars().take(longest).collect();
        } else if slug.len() + 1 + word.len() <= longest {
            slug = format!("{slug}_{word}");
        } else {
            break;
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(name: &str) -> FileStyle {
        check_name(name).expect(name);
        FileStyle { name: name.to_owned(), ..FileStyle::default() }
    }

    fn now() -> DateTime<Utc> {
        "2024-10-15T09:30:42Z".parse().expect("a time")
    }

    #[test]
    fn files_are_named_by_the_template() {
        check(NAME, "Add notes", "20241015_0930_3f2a_add_notes.rs");
        check(NAME, "日本語", "20241015_0930_3f2a.rs");
        check("{rev}-{slug}", "日本語", "3f2a.rs");
        check(
            "{year}-{month}-{day}T{hour}{minute}{second}_{slug}_{rev}",
            "a b",
            "2024-10-15T093042_a_b_3f2a.rs",
        );

        check(NAME, "../../x: CON, 'aux.rs'; --%s", "20241015_0930_3f2a_x_con_aux_rs_s.rs");
        check(NAME, "fn", "20241015_0930_3f2a_fn.rs");
        check(NAME, "2 \u{202e}fast", "20241015_0930_3f2a_2_fast.rs");
        check(NAME, "\0\t🦀", "20241015_0930_3f2a.rs");

        fn check(template: &str, message: &str, expected: &str) {
            let name = style(template).file_name(now(), "3f2a", message, [].into_iter());
            assert_eq!(name, expected);
        }
        let of_id = |id: &str| style("{rev}_{slug}").file_name(now(), id, "x", [].into_iter());
        assert_eq!(of_id("../../x"), "______x_x.rs");
        assert_eq!(of_id("it's"), "it_s_x.rs");
        assert_eq!(of_id("注文"), "注文_x.rs");
    }

    #[test]
    fn stamps_are_later_than_those_of_the_parents() {
        check(NAME, "20241015_0930_a.rs", "20241015_0931_3f2a_x.rs");
        check(NAME, "20991231_2359_a.rs", "21000101_0000_3f2a_x.rs");
        check(NAME, "20200101_0000_a.rs", "20241015_0930_3f2a_x.rs");
        check(NAME, "other.rs", "20241015_0930_3f2a_x.rs");
        check(
            "{year}{month}{day}{hour}{minute}{second}_{rev}",
            "20241015093042_a.rs",
            "20241015093043_3f2a.rs",
        );

        fn check(template: &str, parent: &str, expected: &str) {
            let name = style(template).file_name(now(), "3f2a", "x", [parent].into_iter());
            assert_eq!(name, expected);
        }
    }

    #[test]
    fn a_name_that_tells_nothing_apart_is_refused() {
        for name in ["{slug}", "{rev}{revision}", "a/{rev}", ".{rev}", "%{rev}", "{rev"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let zone = Zone::Fixed("+05:30".parse().expect("an offset"));
        let style = FileStyle { zone, ..FileStyle::default() };
        assert_eq!(style.file_name(now(), "a", "", [].into_iter()), "20241015_1500_a.rs");
    }
}
