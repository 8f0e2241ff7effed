//! A graph drawn with lines, newest first, as `jj log` and `git log --graph` draw theirs.
//!
//! ```text
//! ○    d
//! ├─╮
//! │ ○  c
//! ○ ╷  b
//! ├─╯
//! ○  a
//! ```
//!
//! A line that crosses lanes hides them for that one row; they go on below it. Which lane a line takes is the renderer's of Sapling and Jujutsu to say; what a node looks like, and
//! what stands beside it, the caller's.

use renderdag::{Ancestor, GraphRowRenderer, Renderer};

/// A node, and the lines that go down from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    /// Its name, by which lines find it.
    pub(crate) name: &'a str,
    /// What is drawn for it, one column wide.
    pub(crate) glyph: String,
    /// What stands beside it: one line, or several.
    pub(crate) text: String,
    /// Where lines go down to.
    pub(crate) lines: Vec<Line<'a>>,
}

/// A line down from a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// To a node that it follows.
    Solid(&'a str),
    /// To a node that it needs otherwise. Where it meets a solid line it goes on as that.
    Dotted(&'a str),
    /// To something that is not in the picture.
    Out,
}

/// The picture of `rows`, in which every node stands above those that its lines go to.
pub(crate) fn draw<'a>(rows: impl IntoIterator<Item = Row<'a>>) -> String {
    // Two nodes that have nothing to do with each other stand in two lanes. The other way, an empty
    // line between them, would cut the lanes beside.
    let mut renderer = GraphRowRenderer::new()
        .output()
        .with_min_row_height(1)
        .with_stagger_consecutive_disconnected_nodes(true)
        .build_box_drawing();
    let mut picture = String::new();
    for row in rows {
        let lines = row.lines.into_iter().map(|line| match line {
            Line::Solid(name) => Ancestor::Parent(name),
            Line::Dotted(name) => Ancestor::Ancestor(name),
            Line::Out => Ancestor::Anonymous,
        });
        picture.push_str(&renderer.next_row(row.name, lines.collect(), row.glyph, row.text));
    }
    picture.truncate(picture.trim_end().len());
    picture
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    /// `d: b c` is a node over two others; `?c` is a dotted line, `~` one that leaves.
    fn picture(graph: &str) -> String {
        draw(graph.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| {
            let (name, lines) = line.split_once(':').unwrap_or((line, ""));
            let lines = lines.split_whitespace().map(|line| match line.strip_prefix('?') {
                Some(name) => Line::Dotted(name),
                None if line == "~" => Line::Out,
                None => Line::Solid(line),
            });
            Row { name, glyph: "○".to_owned(), text: name.to_owned(), lines: lines.collect() }
        }))
    }

    #[test]
    fn lines_and_forks_and_merges() {
        assert_snapshot!(picture("c: b\nb: a\na"), @"
        ○  c
        ○  b
        ○  a
        ");
        assert_snapshot!(picture("c: a\nb: a\na"), @"
        ○  c
        │ ○  b
        ├─╯
        ○  a
        ");
        assert_snapshot!(picture("d: b c\nc: a\nb: a\na"), @"
        ○    d
        ├─╮
        │ ○  c
        ○ │  b
        ├─╯
        ○  a
        ");
        assert_snapshot!(picture("e: b c d\nd: a\nc: a\nb: a\na"), @"
        ○      e
        ├─┬─╮
        │ │ ○  d
        │ ○ │  c
        │ ├─╯
        ○ │  b
        ├─╯
        ○  a
        ");
        assert_snapshot!(picture(""), @"");
    }

    #[test]
    fn lanes_that_cross() {
        assert_snapshot!(picture("f: d e\ne: b c\nd: b\nc: a\nb: a\na"), @"
        ○    f
        ├─╮
        │ ○    e
        │ ├─╮
        ○ │ │  d
        ├─╯ │
        │   ○  c
        ○   │  b
        ├───╯
        ○  a
        ");
        assert_snapshot!(picture("f: b\ne: a\nd: c b\nc: a\nb: a\na"), @"
        ○  f
        │ ○  e
        │ │ ○  d
        ╭───┤
        │ │ ○  c
        │ ├─╯
        ○ │  b
        ├─╯
        ○  a
        ");
        assert_snapshot!(picture("d: b\nc: a\nb\na"), @"
        ○  d
        │ ○  c
        ○ │  b
          ○  a
        ");
        assert_snapshot!(picture("d: a\nc\nb\na"), @"
        ○  d
        │ ○  c
        │   ○  b
        ○  a
        ");
        assert_snapshot!(picture("c\nb\na"), @"
        ○  c
          ○  b
        ○  a
        ");
    }

    #[test]
    fn dotted_lines_and_lines_that_leave() {
        assert_snapshot!(picture("d: c ?b\nc: a\nb: a\na"), @"
        ○    d
        ├─╮
        │ ╷
        ○ ╷  c
        │ ╷
        │ ○  b
        ├─╯
        ○  a
        ");
        assert_snapshot!(picture("b: ?a\na"), @"
        ○  b
        ╷
        ○  a
        ");
        assert_snapshot!(picture("d: c ~\nc: b\nb: ~"), @"
        ○    d
        ├─╮
        │ │
        │ ~
        │
        ○  c
        ○  b
        │
        ~
        ");
    }

    #[test]
    fn text_of_several_lines_stands_beside_the_lanes() {
        let row = |name, text: &str, lines| Row {
            name,
            glyph: "@".to_owned(),
            text: text.to_owned(),
            lines,
        };
        assert_snapshot!(draw([
            row("c", "c\n\n    words", vec![Line::Solid("a")]),
            row("b", "b\n\n    more words\n", vec![Line::Solid("a")]),
            row("a", "a", vec![]),
        ]), @"
        @  c
        │
        │      words
        │ @  b
        ├─╯
        │        more words
        @  a
        ");
    }

    /// Below node number `at`, the nodes its lines go to: those with a higher number.
    fn graphs() -> impl Strategy<Value = Vec<BTreeSet<usize>>> {
        (1_usize..14).prop_flat_map(|count| {
            let below = (0..count).map(move |at| {
                let most = 4.min(count - at - 1);
                proptest::collection::btree_set(at + 1..count.max(at + 2), 0..=most)
            });
            below.collect::<Vec<_>>()
        })
    }

    /// The ways out of a cell: up, right, down, left.
    fn ways(cell: char) -> [bool; 4] {
        let [up, right, down, left] = [1, 2, 4, 8];
        let ways = match cell {
            '│' | '╷' => up | down,
            '─' => left | right,
            '╯' => up | left,
            '╰' => up | right,
            '╮' => down | left,
            '╭' => down | right,
            '┤' => up | down | left,
            '├' => up | down | right,
            '┴' => up | left | right,
            '┬' => down | left | right,
            '┼' => up | right | down | left,
            ' ' => 0,
            // A node.
            _ => up | down,
        };
        [up, right, down, left].map(|way| ways & way != 0)
    }

    /// The nodes that a walk along lines, never up, meets first from the one at this cell.
    fn met(cells: &[Vec<char>], names: &[char], row: usize, column: usize) -> BTreeSet<char> {
        let at = |row: usize, column: usize| {
            cells.get(row).and_then(|line| line.get(column)).copied().unwrap_or(' ')
        };
        let mut met = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![(row + 1, column, 0)];
        while let Some((row, column, from)) = open.pop() {
            let cell = at(row, column);
            let ways = ways(cell);
            let is_crossed = from == 0 && "─╭╮┬".contains(cell);
            if !(ways[from] || is_crossed) || !seen.insert((row, column, from)) {
                continue;
            }
            if names.contains(&cell) {
                met.insert(cell);
                continue;
            }
            if ways[1] && from != 1 {
                open.push((row, column + 1, 3));
            }
            // From above, a lane also goes on under a line that crosses it.
            if ways[2] || is_crossed {
                open.push((row + 1, column, 0));
            }
            if ways[3] && from != 3 && column > 0 {
                open.push((row, column - 1, 1));
            }
        }
        met
    }

    proptest! {
        #[test]
        fn every_line_arrives(graph in graphs()) {
            let names: Vec<char> = ('A'..).take(graph.len()).collect();
            let texts: Vec<String> = names.iter().map(char::to_string).collect();
            let picture = draw(graph.iter().enumerate().map(|(at, below)| Row {
                name: &texts[at],
                glyph: texts[at].clone(),
                text: String::new(),
                lines: below.iter().map(|&to| match (at + to) % 3 {
                    0 => Line::Dotted(&texts[to]),
                    _ => Line::Solid(&texts[to]),
                }).collect(),
            }));
            let cells: Vec<Vec<char>> = picture.lines().map(|line| line.chars().collect()).collect();
            let found = |name: char| -> Vec<(usize, usize)> {
                let rows = cells.iter().enumerate();
                rows.flat_map(|(row, line)| {
                    let columns = line.iter().enumerate().filter(move |(_, cell)| **cell == name);
                    columns.map(move |(column, _)| (row, column))
                })
                .collect()
            };
            let mut above = None;
            for (name, below) in names.iter().zip(&graph) {
                let places = found(*name);
                prop_assert_eq!(places.len(), 1, "{} is there once\n{}", name, picture);
                let (row, column) = places[0];
                prop_assert!(above < Some(row), "{} is in order\n{}", name, picture);
                above = Some(row);
                let met = met(&cells, &names, row, column);
                for to in below {
                    prop_assert!(met.contains(&names[*to]), "{} to {}\n{}", name, names[*to], picture);
                }
                if below.is_empty() {
                    prop_assert!(met.is_empty(), "{} ends\n{}", name, picture);
                }
            }
        }
    }
}
