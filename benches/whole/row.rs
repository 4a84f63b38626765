//! One line of figures, and the median of several runs of it.

use std::fmt;
use std::time::{Duration, Instant};

use super::machine::cpu_of;

/// What so many rows, messages or look-ups took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) count: u64,
    pub(crate) took: Duration,
    /// What it cost all cores together.
    pub(crate) cpu: Option<Duration>,
}

impl Cost {
    /// That of work in this process, which answers how many it has done.
    pub(crate) fn of(work: impl FnOnce() -> u64) -> Cost {
        Cost::to("self", work)
    }

    /// What it costs a process that this work is done or waited for.
    pub(crate) fn to(process: &str, work: impl FnOnce() -> u64) -> Cost {
        let (cpu_before, began) = (cpu_of(process), Instant::now());
        let count = work();
        let took = began.elapsed();
        let cpu = cpu_of(process).zip(cpu_before).map(|(after, before)| after - before);
        Cost { count, took, cpu }
    }

    /// Processor time by the time that went by.
    pub(crate) fn cores(&self) -> f64 {
        self.cpu.unwrap_or_default().as_secs_f64() / self.took.as_secs_f64().max(1e-9)
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// Processor time of each, in microseconds.
    fn cpu_us(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / self.count.max(1) as f64)
    }
}

/// What was done, what it took, and what the floor took for the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    what: String,
    cost: Cost,
    floor: Option<Cost>,
    /// What else there is to say: names and values.
    also: Vec<(&'static str, f64)>,
    /// The slowest and the fastest rate of several runs.
    between: Option<Between>,
    /// The same of the floor.
    floor_between: Option<Between>,
}

/// The slowest and the fastest of several rates.
#[derive(Debug, Clone, Copy)]
struct Between(f64, f64);

impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " ({:.0} to {:.0})", self.0, self.1)
    }
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, cost: Cost) -> Row {
        Row { what: what.into(), cost, ..Row::default() }
    }

    pub(crate) fn beside(self, floor: Cost) -> Row {
        Row { floor: Some(floor), ..self }
    }

    pub(crate) fn also(mut self, name: &'static str, value: f64) -> Row {
        self.also.push((name, value));
        self
    }
}

/// `drain, each message another device, FULL   660000 in 12.1 s   54545/s   CPU 19.8 µs each   floor ...`
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { what, cost, .. } = self;
        write!(f, "{what:48} {:>10} in {:>7.2} s", cost.count, cost.took.as_secs_f64())?;
        write!(f, " {:>9.0}/s", cost.per_second())?;
        if let Some(between) = self.between {
            write!(f, "{between}")?;
        }
        if let Some(cpu_us) = cost.cpu_us() {
            write!(f, "  CPU {cpu_us:.1} µs each")?;
        }
        if let Some(floor) = &self.floor {
            let share = cost.per_second() / floor.per_second();
            write!(f, "  floor {:.0}/s", floor.per_second())?;
            if let Some(between) = self.floor_between {
                write!(f, "{between}")?;
            }
            write!(f, ": {share:.2} of it")?;
            if let Some(cpu_us) = floor.cpu_us() {
                write!(f, ", CPU {cpu_us:.1} µs each")?;
            }
        }
        for (name, value) in &self.also {
            let digits = if value.abs() < 100.0 && value.fract() != 0.0 { 3 } else { 0 };
            write!(f, "  {name} {value:.digits$}")?;
        }
        Ok(())
    }
}

/// The run in the middle of each row, by its rate, and beside it the floor in the middle by its own.
pub(crate) fn medians(runs: &[Vec<Row>]) -> Vec<Row> {
    let rows = runs.iter().map(Vec::len).min().unwrap_or(0);
    (0..rows)
        .filter_map(|place| {
            let (row, between) =
                middle(runs.iter().map(|run| &run[place]).collect(), |row| row.cost.per_second())?;
            let floors = runs.iter().filter_map(|run| run[place].floor).collect();
            let (floor, floor_between) = middle(floors, Cost::per_second).unzip();
            let floor_between = floor_between.flatten();
            Some(Row { floor, between, floor_between, ..row.clone() })
        })
        .collect()
}

/// The one in the middle, and what all lie between when they are several.
fn middle<T>(mut all: Vec<T>, rate: impl Fn(&T) -> f64) -> Option<(T, Option<Between>)> {
    all.sort_by(|one, other| rate(one).total_cmp(&rate(other)));
    let between = (all.len() > 1).then(|| Between(rate(&all[0]), rate(&all[all.len() - 1])));
    let place = all.len() / 2;
    (place < all.len()).then(|| (all.swap_remove(place), between))
}

/// The time below which so many of a hundred lie, in microseconds.
pub(crate) fn percentile(took: &mut [Duration], hundredths: usize) -> f64 {
    took.sort_unstable();
    let at = took.len().saturating_sub(1) * hundredths / 100;
    took.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}
