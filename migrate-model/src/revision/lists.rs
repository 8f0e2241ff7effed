//! A list of places for each of many, all of them in one piece of memory.

/// Lists of places: the first pushed is that of place 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    /// Where each list ends in `places`; it begins where the one before ends.
    ends: Vec<usize>,
    places: Vec<usize>,
}

impl Lists {
    /// How many lists there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds a list.
    pub(super) fn push(&mut self, list: impl IntoIterator<Item = usize>) {
        self.places.extend(list);
        self.ends.push(self.places.len());
    }

    /// The list of a place.
    pub(super) fn of(&self, at: usize) -> &[usize] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[start..self.ends[at]]
    }

    /// Every place that is in a list, as often as it is.
    pub(super) fn all(&self) -> &[usize] {
        &self.places
    }

    /// The same the other way round: for each place those whose lists have it, in their order.
    pub(super) fn turned(&self) -> Lists {
        let mut next = vec![0; self.len()];
        self.places.iter().for_each(|&to| next[to] += 1);
        let mut end = 0;
        let mut ends = Vec::with_capacity(self.len());
        for next in &mut next {
            let start = end;
            end += *next;
            ends.push(end);
            *next = start;
        }
        let mut places = vec![0; end];
        for from in 0..self.len() {
            for &to in self.of(from) {
                places[next[to]] = from;
                next[to] += 1;
            }
        }
        Lists { ends, places }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_twice_they_are_what_they_were() {
        let lists = |all: &[&[usize]]| {
            let mut lists = Lists::default();
            all.iter().for_each(|list| lists.push(list.iter().copied()));
            lists
        };
        let check = |all: &[&[usize]], turned: &[&[usize]]| {
            let found = lists(all).turned();
            assert_eq!((0..found.len()).map(|at| found.of(at)).collect::<Vec<_>>(), turned);
            assert_eq!(found.turned().all(), lists(all).all());
        };
        check(&[], &[]);
        check(&[&[]], &[&[]]);
        check(&[&[], &[0], &[0], &[1, 2]], &[&[1, 2], &[3], &[3], &[]]);
    }
}
