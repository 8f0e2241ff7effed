//! What was measured, as Markdown: a row for each measure, a column for each tool, ratios, and whether the target was met.

use std::fmt::Write as _;

use anyhow::Result;

use crate::measure::Taken;

/// All of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) sections: Vec<Section>,
}

/// One table.
#[derive(Debug)]
pub(crate) struct Section {
    title: String,
    /// What is to be known to read it.
    notes: Vec<String>,
    rows: Vec<Row>,
}

/// One measure.
#[derive(Debug)]
pub(crate) struct Row {
    what: String,
    unit: Unit,
    cells: Vec<(String, Cell)>,
    /// The column that the others are shown as a multiple of.
    baseline: Option<String>,
    targets: Vec<Target>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Values are seconds, shown as milliseconds.
    Millis,
    Seconds,
    /// Values are bytes.
    Megabytes,
    Number,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Value(f64),
    Failed(String),
    Words(String),
}

#[derive(Debug)]
struct Target {
    text: String,
    /// `None` where it was not measured.
    is_met: Option<bool>,
}

impl Section {
    pub(crate) fn new(title: &str) -> Section {
        Section { title: title.to_owned(), notes: Vec::new(), rows: Vec::new() }
    }

    pub(crate) fn note(mut self, text: &str) -> Section {
        self.notes.push(text.to_owned());
        self
    }

    pub(crate) fn row(mut self, row: Row) -> Section {
        self.rows.push(row);
        self
    }
}

impl Row {
    pub(crate) fn new(what: &str, unit: Unit) -> Row {
        let what = what.to_owned();
        Row { what, unit, cells: Vec::new(), baseline: None, targets: Vec::new() }
    }

    /// One that has nothing but a text.
    pub(crate) fn words(column: &str, text: &str) -> Row {
        let mut row = Row::new("", Unit::Number);
        row.cells.push((column.to_owned(), Cell::Words(text.to_owned())));
        row
    }

    /// The elapsed times of some entries, or why there is none.
    pub(crate) fn elapsed(what: &str, unit: Unit, taken: &[(String, Result<Taken>)]) -> Row {
        let mut row = Row::new(what, unit);
        for (column, taken) in taken {
            row = row.cell(column, taken.as_ref().map(|taken| taken.elapsed.as_secs_f64()));
        }
        row
    }

    /// The memory of some entries. Who failed is told with the times.
    pub(crate) fn memory(what: &str, taken: &[(String, Result<Taken>)]) -> Row {
        let mut row = Row::new(what, Unit::Megabytes);
        for (column, taken) in taken {
            if let Ok(taken) = taken {
                row = row.value(column, taken.memory as f64);
            }
        }
        row
    }

    pub(crate) fn value(mut self, column: &str, value: f64) -> Row {
        self.set::<&str>(column, Ok(value));
        self
    }

    /// A value, or why there is none.
    pub(crate) fn cell(mut self, column: &str, value: Result<f64, impl std::fmt::Display>) -> Row {
        self.set(column, value);
        self
    }

    /// The same for a row that stays where it is.
    pub(crate) fn set<E: std::fmt::Display>(&mut self, column: &str, value: Result<f64, E>) {
        let cell = match value {
            Ok(value) => Cell::Value(value),
            Err(error) => Cell::Failed(error.to_string()),
        };
        self.cells.push((column.to_owned(), cell));
    }

    /// Shows each value as a multiple of that of `column`, too.
    pub(crate) fn relative_to(mut self, column: &str) -> Row {
        self.baseline = Some(column.to_owned());
        self
    }

    /// The target that the value of `column` is at most `limit`, in the unit of the values.
    pub(crate) fn at_most(self, column: &str, limit: f64) -> Row {
        let (value, text) = (self.get(column), format!("{column} ≤ {}", self.unit.show(limit)));
        self.target(text, value.map(|value| value <= limit))
    }

    /// The target that `column` ÷ `other` is at most `limit`.
    pub(crate) fn ratio_at_most(self, column: &str, other: &str, limit: f64) -> Row {
        let ratio = self.ratio(column, other);
        let shown = ratio.map_or(String::new(), |ratio| format!(" (is {ratio:.2})"));
        self.target(
            format!("{column} ÷ {other} ≤ {limit}{shown}"),
            ratio.map(|ratio| ratio <= limit),
        )
    }

    /// The target that `column` ÷ `other` is at least `limit`.
    pub(crate) fn ratio_at_least(self, column: &str, other: &str, limit: f64) -> Row {
        let ratio = self.ratio(column, other);
        let shown = ratio.map_or(String::new(), |ratio| format!(" (is {ratio:.1})"));
        self.target(
            format!("{column} ÷ {other} ≥ {limit}{shown}"),
            ratio.map(|ratio| ratio >= limit),
        )
    }

    /// A target in words.
    pub(crate) fn target(mut self, text: String, is_met: Option<bool>) -> Row {
        self.targets.push(Target { text, is_met });
        self
    }

    /// The value of a column.
    pub(crate) fn get(&self, column: &str) -> Option<f64> {
        self.cells.iter().find_map(|(name, cell)| match cell {
            Cell::Value(value) if name == column => Some(*value),
            Cell::Value(_) | Cell::Failed(_) | Cell::Words(_) => None,
        })
    }

    fn ratio(&self, column: &str, other: &str) -> Option<f64> {
        Some(self.get(column)? / self.get(other)?)
    }

    fn show(&self, column: &str) -> String {
        match self.cells.iter().find(|(name, _)| name == column).map(|(_, cell)| cell) {
            None => "–".to_owned(),
            Some(Cell::Words(text)) => text.clone(),
            Some(Cell::Failed(why)) => {
                format!("failed: {}", why.replace('|', "\\|").replace('\n', " "))
            }
            Some(Cell::Value(value)) => {
                let mut text = self.unit.show(*value);
                if let Some(baseline) = self.baseline.as_deref().filter(|name| *name != column)
                    && let Some(ratio) = self.ratio(column, baseline)
                {
                    let _ = write!(text, " ({ratio:.2})");
                }
                text
            }
        }
    }

    fn verdict(&self) -> (String, String) {
        let texts: Vec<_> = self.targets.iter().map(|target| target.text.as_str()).collect();
        let verdicts: Vec<_> = self
            .targets
            .iter()
            .map(|target| match target.is_met {
                Some(true) => "✓",
                Some(false) => "**missed**",
                None => "not measured",
            })
            .collect();
        (texts.join("<br>"), verdicts.join("<br>"))
    }
}

impl Unit {
    fn show(self, value: f64) -> String {
        let (value, unit) = match self {
            Unit::Millis => (value * 1000.0, " ms"),
            Unit::Seconds => (value, " s"),
            Unit::Megabytes => (value / 1e6, " MB"),
            Unit::Number => (value, ""),
        };
        let is_whole = value.fract() == 0.0;
        match value.abs() {
            size if size >= 100.0 || is_whole => format!("{value:.0}{unit}"),
            size if size >= 10.0 => format!("{value:.1}{unit}"),
            _ => format!("{value:.2}{unit}"),
        }
    }
}

impl Report {
    /// The page, `head` first.
    pub(crate) fn markdown(&self, head: &str) -> String {
        let mut text = head.to_owned();
        for section in &self.sections {
            section.write(&mut text);
        }
        text
    }
}

impl Section {
    fn write(&self, text: &mut String) {
        let mut columns: Vec<&str> = Vec::new();
        for (column, _) in self.rows.iter().flat_map(|row| &row.cells) {
            if !columns.contains(&column.as_str()) {
                columns.push(column);
            }
        }
        let has_targets = self.rows.iter().any(|row| !row.targets.is_empty());
        let _ = writeln!(text, "\n## {}\n", self.title);
        for note in &self.notes {
            let _ = writeln!(text, "{note}\n");
        }
        let mut head = vec![""];
        head.extend(&columns);
        if has_targets {
            head.extend(["Target", ""]);
        }
        let _ = writeln!(text, "| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
        for row in &self.rows {
            let mut cells = vec![row.what.clone()];
            cells.extend(columns.iter().map(|column| row.show(column)));
            if has_targets {
                let (target, verdict) = row.verdict();
                cells.extend([target, verdict]);
            }
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_ratios_and_who_failed_and_whether_the_target_is_met() {
        let row = Row::new("upgrade", Unit::Millis)
            .value("ours", 0.008)
            .value("diesel", 0.0085)
            .cell("sqlx", Err("no | such table"))
            .relative_to("diesel")
            .ratio_at_most("ours", "diesel", 0.9)
            .at_most("ours", 0.02);
        let memory = Row::new("memory", Unit::Megabytes).value("ours", 12_300_000.0);
        let section = Section::new("At head").note("Whole processes.").row(row).row(memory);
        let report = Report { sections: vec![section] };
        assert_eq!(
            report.markdown("# Results\n"),
            "\
# Results

## At head

Whole processes.

|  | ours | diesel | sqlx | Target |  |
|---|---|---|---|---|---|
| upgrade | 8 ms (0.94) | 8.50 ms | failed: no \\| such table | ours ÷ diesel ≤ 0.9 (is 0.94)<br>ours ≤ 20 ms | **missed**<br>✓ |
| memory | 12.3 MB | – | – |  |  |
"
        );
    }
}
