//! A graph as a Mermaid flowchart, which GitHub, GitLab and most wikis draw.
//!
//! ```text
//! flowchart BT
//!     r1["ae1027a6acf0<br>Create orders"]
//!     r2["3f2a9c41b7d0<br>Add order notes"]
//!     r1 --> r2
//! ```
//!
//! It grows upwards, the base at the bottom. Ids can be words of Mermaid's own, so the boxes have numbers.

use std::fmt::Write;

/// A revision to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// What tells it apart.
    pub(crate) number: usize,
    /// The lines inside its box.
    pub(crate) text: Vec<String>,
    /// How its box looks, when something is known: a word.
    pub(crate) class: Option<Class>,
    /// The numbers of those it follows.
    pub(crate) follows: Vec<usize>,
    /// The numbers of those it needs otherwise.
    pub(crate) needs: Vec<usize>,
}

/// How a box looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// It is where the database is.
    Current,
    /// It is applied.
    Applied,
    /// It is not.
    Pending,
}

impl Class {
    const ALL: [Class; 3] = [Class::Current, Class::Applied, Class::Pending];

    fn word(self) -> &'static str {
        match self {
            Class::Current => "current",
            Class::Applied => "applied",
            Class::Pending => "pending",
        }
    }

    // Borders alone, so that it can be read on dark and light pages.
    fn style(self) -> &'static str {
        match self {
            Class::Current => "stroke:#2a2,stroke-width:4px",
            Class::Applied => "stroke:#2a2",
            Class::Pending => "stroke-dasharray:4",
        }
    }
}

/// The flowchart of `nodes`, those below first.
pub(crate) fn flowchart(nodes: &[Node]) -> String {
    let mut text = "flowchart BT".to_owned();
    let mut line = |line: std::fmt::Arguments<'_>| {
        // A `String` takes everything.
        let _ = write!(text, "\n    {line}");
    };
    for node in nodes {
        let number = node.number;
        let label: Vec<String> = node.text.iter().map(|text| escaped(text)).collect();
        let class = node.class.map_or(String::new(), |class| format!(":::{}", class.word()));
        line(format_args!("r{number}[\"{}\"]{class}", label.join("<br>")));
    }
    for node in nodes {
        let number = node.number;
        node.follows.iter().for_each(|below| line(format_args!("r{below} --> r{number}")));
        node.needs.iter().for_each(|below| line(format_args!("r{below} -.-> r{number}")));
    }
    for class in Class::ALL {
        if nodes.iter().any(|node| node.class == Some(class)) {
            line(format_args!("classDef {} {}", class.word(), class.style()));
        }
    }
    text
}

/// Text that Mermaid takes for nothing else: its own words, HTML and Markdown are made of these.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | ';' | '%' | '`' | '\\' | '*' | '_' | '$' => {
                let _ = write!(safe, "#{};", u32::from(character));
            }
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn boxes_and_arrows() {
        let node = |number, text: &str, class| Node {
            number,
            text: text.lines().map(str::to_owned).collect(),
            class,
            follows: Vec::new(),
            needs: Vec::new(),
        };
        assert_snapshot!(flowchart(&[
            node(1, "end\nCreate \"orders\"", Some(Class::Applied)),
            Node { follows: vec![1], ..node(2, "b", Some(Class::Current)) },
            Node { follows: vec![1], needs: vec![2], ..node(3, "c", None) },
        ]), @r#"
        flowchart BT
            r1["end<br>Create #34;orders#34;"]:::applied
            r2["b"]:::current
            r3["c"]
            r1 --> r2
            r1 --> r3
            r2 -.-> r3
            classDef current stroke:#2a2,stroke-width:4px
            classDef applied stroke:#2a2
        "#);
        assert_snapshot!(flowchart(&[]), @"flowchart BT");
    }

    #[test]
    fn a_title_is_text_and_nothing_else() {
        let check = |text: &str, expected: &str| assert_eq!(escaped(text), expected);
        check("Add notes, once (or not)", "Add notes, once (or not)");
        check("\"] --> x[\"", "#34;] --#62; x[#34;");
        check("<b>&amp;#34;", "#60;b#62;#38;amp#59;#35;34#59;");
        check("%%{init}%%", "#37;#37;{init}#37;#37;");
        check("`**a_b**`", "#96;#42;#42;a#95;b#42;#42;#96;");
        check("日本語", "日本語");
    }
}
