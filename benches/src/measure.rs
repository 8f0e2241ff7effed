//! Runs commands: how long they took and the most memory they had, tools in turn, the median of some rounds.

use std::{
    io::Read,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use wait4::Wait4;

use crate::bench::tell;

/// What one process took, or the medians of several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Taken {
    pub(crate) elapsed: Duration,
    /// The most memory the process had at once, in bytes. Never less than this program's own, for it begins as a
    /// copy of that.
    pub(crate) memory: u64,
}

/// Runs a command whose output nobody wants, and fails with what it said on stderr.
pub(crate) fn run(command: &mut Command) -> Result<Taken> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let begin = Instant::now();
    let mut child = command.spawn().with_context(|| named(command))?;
    let mut said = Vec::new();
    if let Some(stderr) = &mut child.stderr {
        stderr.read_to_end(&mut said)?;
    }
    let used = child.wait4()?;
    let elapsed = begin.elapsed();
    if !used.status.success() {
        bail!("{}: {}", named(command), last_words(&said));
    }
    Ok(Taken { elapsed, memory: used.rusage.maxrss })
}

/// What a command writes to stdout.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| named(command))?;
    if !output.status.success() {
        bail!("{}: {}", named(command), last_words(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

fn named(command: &Command) -> String {
    command.get_program().to_string_lossy().rsplit('/').next().unwrap_or_default().to_owned()
}

// A line is enough for a cell of a table; the rest goes where progress goes.
fn last_words(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    tell(said.trim_end());
    let error = said.lines().find(|line| line.starts_with("error"));
    error.or(said.lines().last()).unwrap_or("failed without a word").trim().to_owned()
}

/// One that takes part in a measure.
pub(crate) struct Entry<'a> {
    /// The column of the table.
    pub(crate) column: String,
    /// Makes what the command needs, such as a fresh database. Nothing of this is measured.
    pub(crate) prepare: Box<dyn FnMut() -> Result<Command> + 'a>,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(column: &str, prepare: impl FnMut() -> Result<Command> + 'a) -> Entry<'a> {
        Entry { column: column.to_owned(), prepare: Box::new(prepare) }
    }
}

/// Runs each entry once for nothing and then `rounds` times, all of them in each round, so that what else
/// happens on the machine meets all alike. An entry that fails is left out from then on.
pub(crate) fn in_turn(rounds: usize, entries: Vec<Entry<'_>>) -> Vec<(String, Result<Taken>)> {
    let steps = entries.into_iter().map(|mut entry| {
        let round = move || Ok(vec![run(&mut (entry.prepare)()?)?]);
        (entry.column, Box::new(round) as Round<'_>)
    });
    let taken = steps_in_turn(rounds, steps.collect());
    let first = |steps: Vec<Taken>| steps.first().copied().context("nothing was measured");
    taken.into_iter().map(|(column, steps)| (column, steps.and_then(first))).collect()
}

/// One round of one that takes part: it prepares what it needs, and measures one step or several.
pub(crate) type Round<'a> = Box<dyn FnMut() -> Result<Vec<Taken>> + 'a>;

/// The same for rounds of several steps, with the medians of each step.
pub(crate) fn steps_in_turn(
    rounds: usize,
    entries: Vec<(String, Round<'_>)>,
) -> Vec<(String, Result<Vec<Taken>>)> {
    let mut running: Vec<_> = entries.into_iter().map(|entry| (entry, Ok(Vec::new()))).collect();
    for number in 0..=rounds {
        for ((column, round), taken) in &mut running {
            let Ok(so_far) = taken else { continue };
            match round() {
                Ok(_) if number == 0 => {}
                Ok(steps) => so_far.push(steps),
                Err(error) => {
                    tell(&format!("   {column}: {error:#}"));
                    *taken = Err(error);
                }
            }
        }
    }
    let medians = |all: Vec<Vec<Taken>>| {
        let steps = all.first().map_or(0, Vec::len);
        (0..steps)
            .map(|step| medians(&all.iter().map(|round| round[step]).collect::<Vec<_>>()))
            .collect()
    };
    running.into_iter().map(|((column, _), taken)| (column, taken.map(medians))).collect()
}

/// The median of each.
pub(crate) fn medians(all: &[Taken]) -> Taken {
    Taken {
        elapsed: median(all.iter().map(|one| one.elapsed).collect()).unwrap_or_default(),
        memory: median(all.iter().map(|one| one.memory).collect()).unwrap_or_default(),
    }
}

/// The one in the middle; of two, the lower.
pub(crate) fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_one_that_was_measured() {
        assert_eq!(median(vec![3, 1, 2]), Some(2));
        assert_eq!(median(vec![4, 1, 3, 2]), Some(2));
        assert_eq!(median(vec![7]), Some(7));
        assert_eq!(median::<u8>(Vec::new()), None);
    }

    #[test]
    fn who_fails_is_left_out_and_the_others_go_on() {
        let entry = |name: &'static str| Entry::new(name, move || Ok(Command::new(name)));
        let taken = in_turn(2, vec![entry("false"), entry("true")]);
        assert_eq!(
            taken[0].1.as_ref().map_err(|e| e.to_string()).unwrap_err(),
            "false: failed without a word"
        );
        assert!(taken[1].1.is_ok());
    }
}
