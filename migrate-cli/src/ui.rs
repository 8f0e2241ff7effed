//! Everything that is printed: results to stdout, the rest to stderr.
//!
//! Text is made with colours; where there is no terminal, `anstream` takes them out, but of nothing that has to be there
//! byte by byte, such as a script. There results are also held back and written together, but never past a line on stderr,
//! which follows what was said before it.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::panic;
use std::path::{Component, Path};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use chrono::Utc;
use clap::builder::styling::{AnsiColor, Style};
use migrate_core::Revision;
use migrate_core::run::{Event, Observer};
use migrate_model::revision::Direction;

use crate::bar::{self, Bar};
use crate::failure::Failure;
use crate::report::{Level, LogFormat, Record};
use crate::secret::Secret;

/// The colours, by what they mean.
pub(crate) mod style {
    use super::{AnsiColor, Style};

    pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
    pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
    pub(crate) const REVISION: Style = AnsiColor::Yellow.on_default();
    pub(crate) const APPLIED: Style = AnsiColor::Green.on_default();
    pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
    pub(crate) const PENDING: Style = AnsiColor::Magenta.on_default();
    pub(crate) const FAINT: Style = Style::new().dimmed();
}

/// `text` in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// How many bytes of a result are written together where nobody watches.
const HELD: usize = 64 * 1024;

/// Where this program speaks.
pub struct Ui {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Whether results are to be without colours.
    is_plain: bool,
    /// Whether stderr is a terminal, where a line may be drawn again.
    is_terminal: bool,
    /// Whether only results and errors are wanted.
    is_quiet: bool,
    /// Whether results are wanted as JSON.
    pub(crate) is_json: bool,
    /// How stderr is wanted.
    log: LogFormat,
    /// Passwords that a driver may repeat.
    secrets: Vec<Secret>,
    /// Whether a line on stderr waits for its end.
    is_line_open: bool,
    /// Whether nobody reads stdout any more.
    is_closed: bool,
    /// What kept a result from being written.
    lost: Option<io::Error>,
}

impl std::fmt::Debug for Ui {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ui").field("is_quiet", &self.is_quiet).finish_non_exhaustive()
    }
}

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// What a panic must not say; it happens where no [`Ui`] is at hand.
static HIDDEN: Mutex<Vec<Secret>> = Mutex::new(Vec::new());

/// Whether stderr is JSON, for those who speak where no [`Ui`] is at hand.
static IS_LOG_JSON: AtomicBool = AtomicBool::new(false);

/// Whether stderr is a log for programs, so that nobody can be asked there.
pub(crate) fn is_log() -> bool {
    IS_LOG_JSON.load(Ordering::Relaxed)
}

/// Lets a panic, also that of a migration's code, say what it says without passwords.
pub(crate) fn mask_panics() {
    panic::set_hook(Box::new(|panic| {
        let hidden = HIDDEN.lock().map(|hidden| hidden.clone()).unwrap_or_default();
        let said = crate::secret::mask_urls(&crate::secret::scrub(&panic.to_string(), &hidden));
        let backtrace = Backtrace::capture();
        let is_traced = backtrace.status() == BacktraceStatus::Captured;
        let text = match (is_log(), is_traced) {
            (true, _) => {
                let record = Record::new(Level::Error, "panicked", said);
                let trace = is_traced.then(|| backtrace.to_string());
                record.with("backtrace", serde_json::json!(trace)).line(Utc::now(), str::to_owned)
            }
            (false, true) => format!("{said}\n{backtrace}"),
            (false, false) => said,
        };
        // A closed stderr must not make a second panic.
        let _ = writeln!(io::stderr(), "{text}");
    }));
}

impl Ui {
    /// The terminal of this process.
    pub fn of_process(color: Color) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let (out, is_plain): (Box<dyn Write>, bool) = match io::stdout().is_terminal() {
            true => (Box::new(AutoStream::new(io::stdout(), choice)), false),
            false => {
                let choice = match choice {
                    ColorChoice::Auto => AutoStream::choice(&io::stdout()),
                    ColorChoice::AlwaysAnsi | ColorChoice::Always | ColorChoice::Never => choice,
                };
                let held = Box::new(BufWriter::with_capacity(HELD, io::stdout()));
                (held, choice == ColorChoice::Never)
            }
        };
        let err = Box::new(AutoStream::new(io::stderr(), choice));
        Ui { is_terminal: bar::is_possible(), is_plain, ..Ui::new(out, err) }
    }

    /// Speaks into `out` and `err`, with colours, as to no terminal.
    pub fn new(out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Ui {
            out,
            err,
            is_plain: false,
            is_terminal: false,
            is_quiet: false,
            is_json: false,
            log: LogFormat::Text,
            secrets: Vec::new(),
            is_line_open: false,
            is_closed: false,
            lost: None,
        }
    }

    /// What `-q` and `--json` ask for.
    pub(crate) fn set(&mut self, is_quiet: bool, is_json: bool) {
        self.is_quiet = is_quiet;
        self.is_json = is_json;
    }

    /// How stderr is wanted; as a log, it has no bars and no colours.
    pub(crate) fn set_log(&mut self, log: LogFormat) {
        self.log = log;
        self.is_terminal &= log == LogFormat::Text;
        IS_LOG_JSON.store(log == LogFormat::Json, Ordering::Relaxed);
    }

    /// Keeps `secrets` out of whatever an error, a notice or a panic says from now on.
    pub(crate) fn hide(&mut self, secrets: &[Secret]) {
        self.secrets.extend_from_slice(secrets);
        if let Ok(mut hidden) = HIDDEN.lock() {
            hidden.extend_from_slice(secrets);
        }
    }

    /// A line, or lines, of the result.
    pub(crate) fn result(&mut self, text: &str) {
        match self.is_plain {
            true => self.verbatim(&anstream::adapter::strip_str(text).to_string()),
            false => self.verbatim(text),
        }
    }

    /// A result that is for a program: every byte of it is written.
    pub(crate) fn verbatim(&mut self, text: &str) {
        self.out(|out| out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")));
    }

    /// Writes what is held back of the results.
    pub(crate) fn flush(&mut self) {
        self.out(|out| out.flush());
    }

    fn out(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.is_closed {
            return;
        }
        if let Err(error) = write(self.out.as_mut()) {
            self.is_closed = true;
            // Nobody has to read to the end: `history | head` is no error.
            self.lost = Some(error).filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
        }
    }

    /// What kept a result from being written, once.
    pub(crate) fn take_lost(&mut self) -> Option<io::Error> {
        self.flush();
        self.lost.take()
    }

    /// The result as JSON, with the number of its format.
    pub(crate) fn json(&mut self, mut value: serde_json::Value) {
        if let Some(object) = value.as_object_mut() {
            object.insert("format".to_owned(), serde_json::json!(1));
        }
        self.verbatim(&format!("{value:#}"));
    }

    /// A line about what goes on.
    pub(crate) fn say(&mut self, text: &str) {
        self.tell(Record::new(Level::Info, "message", text));
    }

    /// A line about what goes on, with facts for programs.
    pub(crate) fn tell(&mut self, record: Record) {
        match self.log {
            _ if self.is_quiet => {}
            LogFormat::Text => self.error_line(record.message()),
            LogFormat::Json => self.record(&record),
        }
    }

    /// Writes a line of the log.
    fn record(&mut self, record: &Record) {
        let clean = |text: &str| {
            let text = anstream::adapter::strip_str(text).to_string();
            crate::secret::mask_urls(&crate::secret::scrub(&text, &self.secrets))
        };
        let line = record.line(Utc::now(), clean);
        self.error_text(&format!("{line}\n"));
    }

    /// A line of the result that `-q` leaves out.
    pub(crate) fn say_result(&mut self, text: &str) {
        if !self.is_quiet {
            self.result(text);
        }
    }

    /// A line that belongs to a question, however quiet.
    pub(crate) fn say_always(&mut self, text: &str) {
        match self.log {
            LogFormat::Text => self.error_line(text),
            LogFormat::Json => self.record(&Record::new(Level::Info, "message", text)),
        }
    }

    /// A line that somebody should know of, whatever is quiet.
    pub(crate) fn note(&mut self, text: &str) {
        let text = crate::secret::mask_urls(&crate::secret::scrub(text, &self.secrets));
        match self.log {
            LogFormat::Text => self.say(&format!("{} {text}", styled(style::HINT, "note:"))),
            LogFormat::Json => self.tell(Record::new(Level::Warn, "notice", text)),
        }
    }

    /// A failure, in its three parts.
    pub(crate) fn failure(&mut self, failure: Failure) {
        let failure = failure.scrubbed(&self.secrets);
        if self.log == LogFormat::Json {
            return self.record(&Record::of_failure(&failure));
        }
        self.error_line(&format!(
            "{} {}",
            styled(style::ERROR, "error:"),
            visible(&failure.message)
        ));
        for cause in &failure.causes {
            self.error_line(&format!("  caused by: {}", visible(cause)));
        }
        if let Some(hint) = &failure.hint {
            self.error_line(&format!("{} {}", styled(style::HINT, "hint:"), visible(hint)));
        }
    }

    /// What clap has to say, to where clap wants it.
    pub(crate) fn usage(&mut self, error: &clap::Error) {
        let text = error.render().ansi().to_string();
        match error.use_stderr() {
            true if self.log == LogFormat::Json => {
                let record = Record::new(Level::Error, "usage", text.trim_end());
                self.record(&record.with("exit_code", crate::failure::code::USAGE));
            }
            true => self.error_line(crate::secret::mask_urls(&text).trim_end()),
            false => self.result(text.trim_end()),
        }
    }

    /// A question, with the cursor left behind it.
    pub(crate) fn prompt(&mut self, text: &str) {
        self.error_text(text);
    }

    /// What runs, as it runs.
    pub(crate) fn progress(&mut self) -> Progress<'_> {
        self.flush();
        Progress { ui: self, bar: None, columns: bar::columns }
    }

    fn error_line(&mut self, text: &str) {
        if std::mem::take(&mut self.is_line_open) {
            self.error_text("\n");
        }
        self.error_text(&format!("{text}\n"));
    }

    /// Where stderr is gone there is nobody to tell.
    fn error_text(&mut self, text: &str) {
        self.flush();
        let _ = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }
}

/// Tells of each migration as it runs.
///
/// On a terminal a bar counts them, when there are several.
pub(crate) struct Progress<'u> {
    ui: &'u mut Ui,
    bar: Option<Bar>,
    /// How wide the terminal is.
    columns: fn() -> usize,
}

impl Observer for Progress<'_> {
    fn event(&mut self, event: &Event<'_>) {
        if self.ui.is_quiet {
            return;
        }
        if self.ui.log == LogFormat::Json {
            return self.ui.record(&Record::of_event(event));
        }
        match event {
            Event::Planned { steps } => {
                if self.ui.is_terminal && *steps > 1 {
                    self.bar = Some(Bar::new(*steps, self.columns));
                }
            }
            Event::Started { revision, direction, .. } => {
                let running = running(revision, *direction);
                match &mut self.bar {
                    Some(bar) => self.ui.error_text(&bar.message(&running)),
                    None => self.ui.error_line_begin(&format!("{running} …")),
                }
            }
            Event::Finished { revision, direction, elapsed, .. } => {
                let elapsed = styled(style::FAINT, &duration(*elapsed));
                match &mut self.bar {
                    Some(bar) => {
                        let line = format!("{} … {elapsed}", running(revision, *direction));
                        self.ui.error_text(&bar.step(&line));
                    }
                    None => self.ui.error_line_end(&elapsed),
                }
            }
            Event::Statement { .. } | Event::Connected { .. } | Event::Failed { .. } => {}
            Event::Notice { text } => match &mut self.bar {
                Some(bar) => {
                    self.ui.error_text(&bar.clear());
                    self.ui.note(text);
                    self.ui.error_text(&bar.draw());
                }
                None => self.ui.note(text),
            },
        }
    }
}

// An error leaves a bar behind that would stand in the way of its text.
impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &mut self.bar {
            self.ui.error_text(&bar.clear());
        }
    }
}

impl Ui {
    fn error_line_begin(&mut self, text: &str) {
        self.error_text(text);
        self.is_line_open = true;
    }

    fn error_line_end(&mut self, text: &str) {
        match std::mem::take(&mut self.is_line_open) {
            true => self.error_text(&format!(" {text}\n")),
            // Something was said in between.
            false => self.error_text(&format!("  … {text}\n")),
        }
    }
}

pub(crate) fn running(revision: &Revision, direction: Direction) -> String {
    format!("Running {}", step(revision, direction))
}

/// `upgrade ae1027a6acf0 -> 3f2a9c41b7d0, Add order notes`
pub(crate) fn step(revision: &Revision, direction: Direction) -> String {
    let parents = match revision.down_revision {
        [] => "<base>".to_owned(),
        parents => parents.join(", "),
    };
    let id = revision.id;
    let way = match direction {
        Direction::Up => format!("upgrade {parents} -> {id}"),
        Direction::Down => format!("downgrade {id} -> {parents}"),
    };
    match revision.message.lines().next() {
        Some(title) if !title.is_empty() => format!("{way}, {}", visible(title)),
        Some(_) | None => way,
    }
}

/// Says something while another thread may be speaking, too.
pub(crate) fn aside(text: &str) {
    let _ = match is_log() {
        true => {
            let record = Record::new(Level::Warn, "interrupted", text);
            writeln!(std::io::stderr(), "{}", record.line(Utc::now(), str::to_owned))
        }
        false => writeln!(std::io::stderr(), "\n{text}"),
    };
}

/// Ends the process as Ctrl-C does.
#[expect(
    clippy::exit,
    reason = "it was asked for, and a transaction that is open is nobody's then"
)]
pub(crate) fn leave() -> ! {
    std::process::exit(130)
}

/// How long something took, for people.
pub(crate) fn duration(elapsed: Duration) -> String {
    let milliseconds = elapsed.as_millis();
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{:.1} s", elapsed.as_secs_f64()),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds / 1_000 % 60),
    }
}

/// `one revision`, `2 revisions`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// A path with `/` between its parts, relative where it is below `folder`.
pub(crate) fn path(path: &Path, folder: &Path) -> String {
    let mut shown = String::new();
    for component in path.strip_prefix(folder).unwrap_or(path).components() {
        match component {
            Component::RootDir => shown.push('/'),
            Component::CurDir => {}
            Component::Prefix(prefix) => shown.push_str(&prefix.as_os_str().to_string_lossy()),
            Component::ParentDir | Component::Normal(_) => {
                if !shown.is_empty() && !shown.ends_with('/') {
                    shown.push('/');
                }
                shown.push_str(&component.as_os_str().to_string_lossy());
            }
        }
    }
    if shown.is_empty() { ".".to_owned() } else { shown }
}

/// Text of others without what a terminal would obey.
pub(crate) fn visible(text: &str) -> String {
    let is_seen = |c: char| !c.is_control() || c == '\n' || c == '\t';
    match text.chars().all(is_seen) {
        true => text.to_owned(),
        false => text
            .chars()
            .map(|c| if is_seen(c) { c.to_string() } else { c.escape_default().to_string() })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What came out, stdout and stderr together.
    #[derive(Clone, Default)]
    struct Screen(std::rc::Rc<std::cell::RefCell<Vec<u8>>>);

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
        }
    }

    impl Write for Screen {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(text)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// One that holds results back.
    fn holding(out: impl Write + 'static, err: &Screen) -> Ui {
        Ui::new(Box::new(BufWriter::with_capacity(HELD, out)), Box::new(err.clone()))
    }

    #[test]
    fn results_are_held_back_but_never_past_what_is_said_after_them() {
        let screen = Screen::default();
        let mut ui = holding(screen.clone(), &screen);
        ui.result("one");
        ui.result("two");
        assert_eq!(screen.text(), "");
        ui.say("three");
        assert_eq!(screen.text(), "one\ntwo\nthree\n");
        ui.result("four");
        let progress = ui.progress();
        assert_eq!(screen.text(), "one\ntwo\nthree\nfour\n");
        drop(progress);
        ui.result("five");
        assert!(ui.take_lost().is_none());
        assert!(screen.text().ends_with("four\nfive\n"));
        ui.result("six");
        drop(ui);
        assert!(screen.text().ends_with("five\nsix\n"));
    }

    #[test]
    fn colours_are_taken_out_of_results_and_nothing_of_what_is_for_programs() {
        let screen = Screen::default();
        let mut ui = Ui { is_plain: true, ..holding(screen.clone(), &screen) };
        ui.result(&styled(style::REVISION, "3f2a"));
        ui.verbatim("INSERT INTO a VALUES ('\u{1}\u{1b}[1m');");
        drop(ui);
        assert_eq!(screen.text(), "3f2a\nINSERT INTO a VALUES ('\u{1}\u{1b}[1m');\n");
    }

    #[test]
    fn a_held_result_that_is_lost_is_told_of() {
        struct Full(io::ErrorKind);
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let lost = |kind| {
            let mut ui = holding(Full(kind), &Screen::default());
            ui.result("one");
            ui.take_lost().map(|error| error.kind())
        };
        assert_eq!(lost(io::ErrorKind::StorageFull), Some(io::ErrorKind::StorageFull));
        assert_eq!(lost(io::ErrorKind::BrokenPipe), None);
    }

    #[test]
    fn a_bar_stands_below_what_is_said() {
        let screen = Screen::default();
        let mut ui = Ui { is_terminal: true, ..holding(screen.clone(), &screen) };
        let revisions = ["a", "b"].map(|id| Revision { id, ..Revision::FAULTY });
        let direction = Direction::Up;
        let mut progress = ui.progress();
        progress.columns = || 60;
        progress.event(&Event::Planned { steps: 2 });
        let started =
            |at: usize| Event::Started { revision: &revisions[at], direction, number: at + 1 };
        let finished = |at: usize| Event::Finished {
            revision: &revisions[at],
            direction,
            number: at + 1,
            elapsed: Duration::ZERO,
        };
        progress.event(&started(0));
        progress.event(&Event::Notice { text: "mind the gap".to_owned() });
        progress.event(&finished(0));
        progress.event(&started(1));
        // An error drops it.
        drop(progress);
        ui.failure(Failure::new("no"));
        let text = anstream::adapter::strip_str(&screen.text()).to_string();
        let expected = [
            "░░░░░░░░░░░░░░░░░░░░░░░░ 0/2 Running upgrade <base> -> a",
            "note: mind the gap\n░░░░░░░░░░░░░░░░░░░░░░░░ 0/2 Running upgrade <base> -> a",
            "Running upgrade <base> -> a … 0 ms\n████████████░░░░░░░░░░░░ 1/2 Running upgrade <base> -> a",
            "████████████░░░░░░░░░░░░ 1/2 Running upgrade <base> -> b",
            "error: no\n",
        ];
        let blank = format!("\r{:56}\r", "");
        assert_eq!(text.split(&blank).collect::<Vec<_>>(), expected);

        let screen = Screen::default();
        let mut ui = Ui { is_terminal: true, ..holding(screen.clone(), &screen) };
        let mut progress = ui.progress();
        progress.event(&Event::Planned { steps: 2 });
        progress.event(&started(0));
        progress.event(&finished(0));
        progress.event(&started(1));
        progress.event(&finished(1));
        drop(progress);
        assert!(screen.text().ends_with("\n"), "{}", screen.text());
    }

    #[test]
    fn durations_are_short() {
        let check = |milliseconds, expected: &str| {
            assert_eq!(duration(Duration::from_millis(milliseconds)), expected);
        };
        check(0, "0 ms");
        check(12, "12 ms");
        check(999, "999 ms");
        check(1_234, "1.2 s");
        check(61_000, "1 min 1 s");
    }

    #[test]
    fn paths_have_slashes() {
        let check = |text: &str, expected: &str| {
            assert_eq!(path(Path::new(text), Path::new("/work")), expected);
        };
        check("/work/a/./b.rs", "a/b.rs");
        check("/work", ".");
        check("/srv/x.db", "/srv/x.db");
        check("../x.db", "../x.db");
    }

    #[test]
    fn a_terminal_obeys_nobody_else() {
        assert_eq!(visible("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\nc");
    }
}
