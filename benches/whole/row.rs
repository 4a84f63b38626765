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
    between: Option<(f64, f64)>,
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

    fn per_second(&self) -> f64 {
        self.cost.per_second()
    }
}

/// `drain, each message another device, FULL   660000 in 12.1 s   54545/s   CPU 19.8 µs each   floor ...`
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { what, cost, .. } = self;
        write!(f, "{what:48} {:>10} in {:>7.2} s", cost.count, cost.took.as_secs_f64())?;
        write!(f, " {:>9.0}/s", cost.per_second())?;
        if let Some((slowest, fastest)) = self.between {
            write!(f, " ({slowest:.0} to {fastest:.0})")?;
        }
        if let Some(cpu_us) = cost.cpu_us() {
            write!(f, "  CPU {cpu_us:.1} µs each")?;
        }
        if let Some(floor) = &self.floor {
            let share = cost.per_second() / floor.per_second();
            write!(f, "  floor {:.0}/s: {share:.2} of it", floor.per_second())?;
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

/// The run in the middle of each row, by its rate, with the slowest and the fastest.
pub(crate) fn medians(runs: &[Vec<Row>]) -> Vec<Row> {
    let rows = runs.iter().map(Vec::len).min().unwrap_or(0);
    (0..rows)
        .map(|place| {
            let mut of_row: Vec<&Row> = runs.iter().map(|run| &run[place]).collect();
            of_row.sort_by(|one, other| one.per_second().total_cmp(&other.per_second()));
            let between = (of_row[0].per_second(), of_row[of_row.len() - 1].per_second());
            let middle = of_row[of_row.len() / 2].clone();
            Row { between: (runs.len() > 1).then_some(between), ..middle }
        })
        .collect()
}

/// The time below which so many of a hundred lie, in microseconds.
pub(crate) fn percentile(took: &mut [Duration], hundredths: usize) -> f64 {
    took.sort_unstable();
    let at = took.len().saturating_sub(1) * hundredths / 100;
    took.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}
