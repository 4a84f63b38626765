//! Random days: the same acts on the model and on another backend come to the same, and the books of
//! both balance after every act.

mod acts;
mod books;
mod world;

use proptest::arbitrary::any;
use proptest::collection::vec;
use proptest::test_runner::{Config, TestRunner};
use proptest::{prop_assert, prop_assert_eq};

use broadcaster::lead::LeadRow;
use broadcaster::store::{ImportSoFar, OnDuplicate};

use super::audit::audit;
use super::{Opened, open_model, open_sqlite};
pub(super) use acts::any_row;
use acts::{Act, any_act, any_rule};
use world::World;

fn random_days_come_to_the_same(open_other: fn() -> Opened) {
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(48) });
    let days = vec(any_act(), 1..80);
    let come_to_the_same = |acts: Vec<Act>| {
        let mut model = World::new(open_model());
        let mut other = World::new(open_other());
        for act in &acts {
            prop_assert_eq!(other.act(act), model.act(act), "the answer to {:?}", act);
            let difference = difference(&model.books(), &other.books());
            prop_assert!(difference.is_empty(), "after {:?}: {:#?}", act, difference);
            audit(model.backend());
            audit(other.backend());
        }
        Ok(())
    };
    runner.run(&days, come_to_the_same).unwrap();
}

fn random_imports_come_to_the_same(open_other: fn() -> Opened) {
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(48) });
    let files = vec((vec(vec(any_row(), 1..6), 1..3), any_rule(), any::<bool>()), 1..6);
    let come_to_the_same = |files: Vec<(Vec<Vec<LeadRow>>, OnDuplicate, bool)>| {
        let model = World::new(open_model());
        let other = World::new(open_other());
        for (batches, rule, tells_fields) in &files {
            let names = batches.iter().flatten().flat_map(|row| row.fields.keys().cloned());
            let names: Vec<String> = names.collect();
            let mut so_far = [(); 2].map(|()| match tells_fields {
                true => ImportSoFar::of_fields(names.clone()),
                false => ImportSoFar::default(),
            });
            for rows in batches {
                let [ours, theirs] = so_far.each_mut();
                let answer = model.import(rows, *rule, ours);
                prop_assert_eq!(other.import(rows, *rule, theirs), answer, "{:?}", rows);
                let difference = difference(&model.cast(), &other.cast());
                prop_assert!(difference.is_empty(), "after {:?}: {:#?}", rows, difference);
            }
        }
        Ok(())
    };
    runner.run(&files, come_to_the_same).unwrap();
}

/// The lines that only one of two books has.
fn difference(model: &[String], other: &[String]) -> Vec<String> {
    let missing = model.iter().filter(|line| !other.contains(line));
    let strange = other.iter().filter(|line| !model.contains(line));
    let missing = missing.map(|line| format!("only the model: {line}"));
    missing.chain(strange.map(|line| format!("only the other: {line}"))).collect()
}

/// The model against itself proves that it depends on its arguments alone, and that its own books
/// balance on days that nobody thought of.
mod model {
    use super::open_model;

    #[test]
    fn random_days_come_to_the_same() {
        super::random_days_come_to_the_same(open_model);
    }

    #[test]
    fn random_imports_come_to_the_same() {
        super::random_imports_come_to_the_same(open_model);
    }
}

mod sqlite {
    use super::open_sqlite;

    #[test]
    fn random_days_come_to_the_same() {
        super::random_days_come_to_the_same(open_sqlite);
    }

    #[test]
    fn random_imports_come_to_the_same() {
        super::random_imports_come_to_the_same(open_sqlite);
    }
}
