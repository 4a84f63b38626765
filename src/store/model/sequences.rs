//! Sequences and their versions.

use std::time::Duration;

use super::{Enrollment, KnownPlan, Model, State, missing};
use crate::clock::Moment;
use crate::message::MessageState;
use crate::sequence::{Sequence, SequenceId, VersionId};
use crate::store::{
    Applied, Error, KnownSequence, Result, RunningRule, SequenceState, Sequences, Version,
};

impl Sequences for Model {
    fn apply_sequence(&self, plan: &Sequence, running: RunningRule, _: Moment) -> Result<Applied> {
        let mut state = self.state();
        let id = match state.sequence_named(&plan.name) {
            Some(id) => id,
            None => state.add_sequence(&plan.name),
        };
        if running == RunningRule::Move {
            state.refuse_impossible_move(id, plan)?;
        }
        let newest = state.versions_of(id).last();
        let changed = newest.is_none_or(|newest| newest.plan != *plan);
        if changed {
            let number = newest.map_or(1, |newest| newest.number + 1);
            let version = VersionId(state.versions.len() as i64 + 1);
            let plan = plan.clone();
            state.versions.insert(version, Version { id: version, sequence: id, number, plan });
        }
        let moved = if running == RunningRule::Move { state.move_running(id) } else { 0 };
        Ok(Applied { number: state.newest_version(id).number, changed, moved })
    }

    fn sequences(&self) -> Result<Vec<KnownSequence>> {
        let state = self.state();
        let mut all: Vec<_> = state.sequences.keys().map(|id| state.known_sequence(*id)).collect();
        all.sort_by(|one, other| one.version.plan.name.cmp(&other.version.plan.name));
        Ok(all)
    }

    fn sequence(&self, name: &str) -> Result<KnownSequence> {
        let state = self.state();
        let id = state.sequence_named(name).ok_or_else(|| missing("sequence", name))?;
        Ok(state.known_sequence(id))
    }

    fn version(&self, id: VersionId) -> Result<Version> {
        self.state().versions.get(&id).cloned().ok_or_else(|| missing("version", id.0))
    }

    fn version_numbered(&self, id: SequenceId, number: u32) -> Result<Version> {
        let state = self.state();
        let version = state.versions_of(id).find(|version| version.number == number);
        version.cloned().ok_or_else(|| Error::Missing { kind: "version", name: number.to_string() })
    }

    fn set_sequence_state(&self, id: SequenceId, state: SequenceState) -> Result<()> {
        self.state().plan_mut(id)?.state = state;
        Ok(())
    }

    fn campaign_triggered(&self, id: SequenceId, now: Moment) -> Result<()> {
        self.state().plan_mut(id)?.triggered_at.get_or_insert(now);
        Ok(())
    }

    fn reserve_stagger(&self, id: SequenceId, from: Moment, span: Duration) -> Result<Moment> {
        let mut state = self.state();
        let plan = state.plan_mut(id)?;
        let begin = from.max(plan.staggered_until);
        plan.staggered_until = begin.plus(span);
        Ok(begin)
    }

    fn running_versions(&self, id: SequenceId) -> Result<Vec<(u32, u64)>> {
        let state = self.state();
        let followers = |version: &Version| {
            let running = state.running(id).filter(|running| running.version == version.id);
            (version.number, running.count() as u64)
        };
        Ok(state.versions_of(id).map(followers).filter(|(_, followers)| *followers > 0).collect())
    }
}

impl State {
    fn sequence_named(&self, name: &str) -> Option<SequenceId> {
        self.sequences.iter().find(|(_, plan)| plan.name == name).map(|(id, _)| *id)
    }

    fn add_sequence(&mut self, name: &str) -> SequenceId {
        let id = SequenceId(self.sequences.len() as i64 + 1);
        let plan = KnownPlan {
            name: name.to_owned(),
            state: SequenceState::Running,
            triggered_at: None,
            staggered_until: Moment::default(),
        };
        self.sequences.insert(id, plan);
        id
    }

    /// Versions of a sequence, oldest first.
    fn versions_of(&self, id: SequenceId) -> impl Iterator<Item = &Version> {
        self.versions.values().filter(move |version| version.sequence == id)
    }

    fn newest_version(&self, id: SequenceId) -> &Version {
        self.versions_of(id).last().expect("a sequence begins with its first version")
    }

    fn running(&self, id: SequenceId) -> impl Iterator<Item = &Enrollment> {
        let is_running = move |one: &&Enrollment| one.sequence == id && one.is_under_way();
        self.enrollments.values().filter(is_running)
    }

    fn refuse_impossible_move(&self, id: SequenceId, plan: &Sequence) -> Result<()> {
        for followed in self.running(id).map(|enrollment| &self.versions[&enrollment.version].plan)
        {
            if plan.steps.len() < followed.steps.len() {
                let why = "the new version has fewer steps than one that leads are following";
                return Err(Error::Conflict(why.to_owned()));
            }
            if plan.schedule != followed.schedule {
                let why = "the new version has another schedule than one that leads are following";
                return Err(Error::Conflict(why.to_owned()));
            }
        }
        Ok(())
    }

    /// Moves enrollments and what they have waiting; what is being sent is sent as it was claimed.
    fn move_running(&mut self, id: SequenceId) -> u64 {
        let newest = self.newest_version(id).id;
        let mut moved = 0;
        for (enrollment_id, enrollment) in &mut self.enrollments {
            if enrollment.sequence != id
                || !enrollment.is_under_way()
                || enrollment.version == newest
            {
                continue;
            }
            enrollment.version = newest;
            moved += 1;
            for (message_id, message) in &mut self.messages {
                if message_id.enrollment == *enrollment_id && message.state == MessageState::Pending
                {
                    message.version = newest;
                }
            }
        }
        moved
    }

    fn known_sequence(&self, id: SequenceId) -> KnownSequence {
        let KnownPlan { state, triggered_at, .. } = self.sequences[&id];
        KnownSequence { id, state, version: self.newest_version(id).clone(), triggered_at }
    }
}
