//! One line of figures, and the median of several runs of it.

use std::fmt;
use std::time::Duration;

/// What was done, how long it took, and how long the floor took for the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) what: String,
    /// How many rows, messages or look-ups.
    pub(crate) count: u64,
    pub(crate) took: Duration,
    /// What it cost all cores together.
    pub(crate) cpu: Option<Duration>,
    /// The floor's rate, where there is one.
    pub(crate) floor_per_second: Option<f64>,
    /// What else there is to say: names and values.
    pub(crate) also: Vec<(&'static str, f64)>,
    /// The slowest and the fastest rate of several runs.
    pub(crate) between: Option<(f64, f64)>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, count: u64, took: Duration) -> Row {
        Row { what: what.into(), count, took, ..Row::default() }
    }

    pub(crate) fn with_cpu(self, cpu: Option<Duration>) -> Row {
        Row { cpu, ..self }
    }

    pub(crate) fn beside(self, floor_per_second: f64) -> Row {
        Row { floor_per_second: Some(floor_per_second), ..self }
    }

    pub(crate) fn also(mut self, name: &'static str, value: f64) -> Row {
        self.also.push((name, value));
        self
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64().max(1e-9)
    }
}

/// `drain, every message another device, FULL   660,000 in 12.1 s   54,545/s   CPU 19.8 µs each   floor ...`
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:48} {:>10} in {:>7.2} s", self.what, self.count, self.took.as_secs_f64())?;
        write!(f, " {:>9.0}/s", self.per_second())?;
        if let Some((slowest, fastest)) = self.between {
            write!(f, " ({slowest:.0} to {fastest:.0})")?;
        }
        if let Some(cpu) = self.cpu {
            write!(f, "  CPU {:.1} µs each", cpu.as_secs_f64() * 1e6 / self.count.max(1) as f64)?;
        }
        if let Some(floor) = self.floor_per_second {
            write!(f, "  floor {floor:.0}/s: {:.2} of it", self.per_second() / floor)?;
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
