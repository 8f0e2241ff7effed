//! A page of the documentation as the tests see it: headings, links, code blocks, and what its comments say of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A page.
pub(crate) struct Page {
    /// Its path, seen from the root of the repository: `docs/history.md`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// What its headings are called in addresses.
    pub(crate) anchors: Vec<String>,
    pub(crate) links: Vec<Link>,
    /// Code blocks, and comments that say something to the tests, in their order.
    pub(crate) items: Vec<Item>,
}

pub(crate) struct Link {
    pub(crate) to: String,
    pub(crate) line: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Block(Block),
    /// `<!-- play: app -->`: what follows is a session of its own, in this world.
    Play(String),
    /// `<!-- run: git init -->`: a command that the reader need not see.
    Run(String, usize),
}

/// A code block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// `rust`, of `rust,no_run`.
    pub(crate) language: String,
    /// `no_run`.
    pub(crate) options: Vec<String>,
    pub(crate) text: String,
    /// Where the text is in the page, for those who write it anew; and the line that it begins on.
    pub(crate) place: Range<usize>,
    pub(crate) line: usize,
    pub(crate) note: Note,
}

/// What the comment above a block says of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Note {
    Nothing,
    /// `<!-- file: src/schema.rs -->`: it is the content of this file.
    File(String),
    /// `<!-- from: migrations/src/lib.rs -->`: it stands in this file of the repository, letter by letter.
    From(String),
    /// `<!-- not run: why -->`.
    NotRun(String),
    /// `<!-- rendered by: operations -->`: another test writes it and compares.
    Rendered,
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every page that is held to what it says: those of the book, and those at the root.
pub(crate) fn pages() -> Vec<Page> {
    let mut paths: Vec<String> =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
            .map(str::to_owned)
            .into();
    let mut chapters = Vec::new();
    for folder in ["docs", "deploy", "examples"] {
        markdown(&root().join(folder), folder, &mut chapters);
    }
    chapters.sort();
    paths.append(&mut chapters);
    paths.iter().map(|path| Page::read(path)).collect()
}

/// The pages of a folder, and of those in it. One that is not there has none.
fn markdown(folder: &Path, name: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        let last = path.file_name().expect("a name").to_string_lossy().into_owned();
        let name = format!("{name}/{last}");
        if path.is_dir() && last != "target" && last != "node_modules" {
            markdown(&path, &name, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(name);
        }
    }
}

impl Page {
    pub(crate) fn read(path: &str) -> Page {
        let text = std::fs::read_to_string(root().join(path));
        let text = text.unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n");
        Page::parse(path, text)
    }

    pub(crate) fn parse(path: &str, text: String) -> Page {
        let mut page = Page {
            path: path.to_owned(),
            text: String::new(),
            anchors: Vec::new(),
            links: Vec::new(),
            items: Vec::new(),
        };
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let mut heading: Option<String> = None;
        let mut block: Option<Block> = None;
        let mut note = Note::Nothing;
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        for (event, place) in Parser::new_ext(&text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let name = anchor(&heading.take().unwrap_or_default());
                    let before = seen.entry(name.clone()).or_default();
                    let number = *before;
                    *before += 1;
                    page.anchors.push(if number == 0 { name } else { format!("{name}-{number}") });
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(Link { to: dest_url.into_string(), line: line(place.start) });
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.into_string(),
                        CodeBlockKind::Indented => "text".to_owned(),
                    };
                    let mut words = info.split([',', ' ']).map(str::to_owned);
                    block = Some(Block {
                        language: words.next().unwrap_or_default(),
                        options: words.filter(|word| !word.is_empty()).collect(),
                        text: String::new(),
                        place: place.end..place.start,
                        line: line(place.start) + 1,
                        note: std::mem::replace(&mut note, Note::Nothing),
                    });
                }
                Event::End(TagEnd::CodeBlock) => page.items.extend(block.take().map(Item::Block)),
                Event::Html(html) => {
                    let words =
                        html.trim().strip_prefix("<!--").and_then(|h| h.strip_suffix("-->"));
                    let said = words.and_then(|words| words.trim().split_once(": "));
                    match said.map(|(key, value)| (key, value.trim().to_owned())) {
                        Some(("play", world)) => page.items.push(Item::Play(world)),
                        Some(("run", command)) => {
                            page.items.push(Item::Run(command, line(place.start)));
                        }
                        Some(("file", file)) => note = Note::File(file),
                        Some(("from", file)) => note = Note::From(file),
                        Some(("not run", why)) => note = Note::NotRun(why),
                        Some(("rendered by", _)) => note = Note::Rendered,
                        Some(_) | None => {}
                    }
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some(block) = &mut block {
                        block.text.push_str(&words);
                        block.place = block.place.start.min(place.start)..place.end;
                    } else if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::Start(_)
                | Event::End(_)
                | Event::InlineMath(_)
                | Event::DisplayMath(_)
                | Event::InlineHtml(_)
                | Event::FootnoteReference(_)
                | Event::SoftBreak
                | Event::HardBreak
                | Event::Rule
                | Event::TaskListMarker(_) => {}
            }
        }
        page.text = text;
        page
    }

    /// Its code blocks.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.items.iter().filter_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Play(_) | Item::Run(..) => None,
        })
    }

    /// What stands under a heading of the second level, up to the next one.
    pub(crate) fn section(&self, heading: &str) -> Option<&str> {
        let begin = self.text.find(&format!("\n## {heading}\n"))? + 1;
        let rest = &self.text[begin..];
        Some(rest[3..].find("\n## ").map_or(rest, |end| &rest[..end + 4]))
    }
}

/// What a heading is called in addresses: mdBook and GitHub agree on it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ => letter.is_alphanumeric().then_some(letter),
    });
    kept.flat_map(char::to_lowercase).collect()
}
