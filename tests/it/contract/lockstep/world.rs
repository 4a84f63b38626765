//! One backend on a random day: acts in, answers and books out, both free of the backend's own ids.

use std::time::Duration;

use std::collections::HashSet;

use broadcaster::clock::Moment;
use broadcaster::device::{DeviceId, Hold, HoldReason};
use broadcaster::enrollment::{EnrollmentId, EnrollmentState};
use broadcaster::gateway::Receipt;
use broadcaster::lead::{Address, LeadId, LeadRow, Suppression};
use broadcaster::message::{EndReason, MessageId};
use broadcaster::outcome::OutcomeCode;
use broadcaster::sequence::{Schedule, SequenceId, VersionId};
use broadcaster::store::{
    Candidate, Claim, Epoch, Error, Fate, Gate, Granted, ImportSoFar, KnownSequence, LeadChoice,
    MessageFilter, NewEnrollment, OnDuplicate, Pushed, RecipientsToday, Result, RunningRule,
    SequenceState, Settlement, Then, Token, Verdict, Want,
};

use super::super::audit::all_messages;
use super::super::rig::{
    DAY, at, device_named, due, email, next, owner, phone, plan, row, settlement, want,
};
use super::super::{Backend, Opened};
use super::acts::{Act, DEVICES, Ending, LEADS, Mood, SEQUENCES, Wish};

const STEPS: u16 = 3;

pub(super) struct World {
    opened: Opened,
    pub(super) now: Moment,
    epoch: Epoch,
    pub(super) leads: Vec<LeadId>,
    devices: Vec<DeviceId>,
    sequences: Vec<(SequenceId, VersionId)>,
    enrollments: Vec<EnrollmentId>,
    /// Every claim ever made; most are not current any more.
    claims: Vec<Claim>,
}

impl World {
    pub(super) fn new(opened: Opened) -> World {
        let backend = &opened.backend;
        let files: Vec<_> = (0..DEVICES).map(|number| device_named(&device_name(number))).collect();
        backend.apply_devices(&files, at(0)).unwrap();
        let devices = backend.devices().unwrap().iter().map(|known| known.id).collect();
        let schedules = [Schedule::Lazy, Schedule::Upfront];
        let sequences = (0..SEQUENCES).map(|number| {
            let plan = plan(&sequence_name(number), schedules[number], usize::from(STEPS));
            backend.apply_sequence(&plan, RunningRule::Keep, at(0)).unwrap();
            let known = backend.sequence(&plan.name).unwrap();
            (known.id, known.version.id)
        });
        let sequences = sequences.collect();
        let epoch = backend.take_over(&owner()).unwrap();
        let (leads, enrollments, claims) = (vec![], vec![], vec![]);
        World { opened, now: at(0), epoch, leads, devices, sequences, enrollments, claims }
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        &*self.opened.backend
    }

    /// Does one thing; the answer is what a caller could see of it.
    pub(super) fn act(&mut self, act: &Act) -> String {
        self.import_leads();
        match act {
            Act::Wait { seconds } => {
                self.now = Moment(self.now.0 + seconds * 1_000);
                String::new()
            }
            Act::Enroll { lead, sequence, device, in_seconds, again } => {
                let first_due_at = Moment(self.now.0 + in_seconds * 1_000);
                let steps = if *sequence == 0 { 1 } else { STEPS };
                let new = NewEnrollment {
                    lead: self.leads[*lead],
                    device: self.devices[*device],
                    messages: (1..=steps)
                        .map(|step| due(step, Moment(first_due_at.0 + i64::from(step) * 10_000)))
                        .collect(),
                };
                let (sequence, version) = self.sequences[*sequence];
                let pushed = self.backend().push(sequence, version, &[new], *again, self.now);
                match pushed {
                    Ok(pushed) => match pushed[..] {
                        [Pushed::Enrolled(id)] => {
                            self.enrollments.push(id);
                            "enrolled".to_owned()
                        }
                        _ => format!("{pushed:?}"),
                    },
                    Err(error) => seen::<()>(Err(error)),
                }
            }
            Act::Exchange { settled, wants, gate } => self.exchange(settled, wants, *gate),
            Act::Recover { held } => self.recover(held),
            Act::Pause { sequence } => self.set_state(*sequence, SequenceState::Paused),
            Act::Resume { sequence } => self.set_state(*sequence, SequenceState::Running),
            Act::Hold { device, seconds } => {
                let until = seconds.map(|seconds| Moment(self.now.0 + seconds * 1_000));
                let hold = Hold { reason: HoldReason::Operator, until, detail: String::new() };
                seen(self.backend().hold(self.devices[*device], Some(&hold)))
            }
            Act::LetGo { device } => seen(self.backend().hold(self.devices[*device], None)),
            Act::Suppress { address } => {
                let address = address_of(*address);
                let reason = "opted_out".to_owned();
                let suppression = Suppression { address, reason, since_at: self.now };
                seen(self.backend().suppress(&[suppression]))
            }
            Act::Unsuppress { address } => seen(self.backend().unsuppress(&[address_of(*address)])),
            Act::Unenroll { lead, sequence } => {
                let sequence = sequence.map(|number| self.sequences[number].0);
                let leads = [self.leads[*lead]];
                let reason = EndReason::Unenrolled;
                seen(self.backend().unenroll(&leads, sequence, reason, self.now))
            }
            Act::Erase { lead } => seen(self.backend().erase(self.leads[*lead], self.now)),
            Act::Receive { message, kind } => match self.message(*message) {
                Some(message) => {
                    let receipt = Receipt { message, kind: *kind, at: self.now };
                    seen(self.backend().record_receipts(&[receipt]))
                }
                None => String::new(),
            },
            Act::Resolve { message, resolution } => self.decide(*message, |world, id, then| {
                world.backend().resolve(id, *resolution, then, world.now)
            }),
            Act::Retry { message } => {
                self.decide(*message, |world, id, _| world.backend().retry(id, world.now))
            }
            Act::Cancel { message } => {
                self.decide(*message, |world, id, then| world.backend().cancel(id, then, world.now))
            }
        }
    }

    pub(super) fn import(
        &self,
        rows: &[LeadRow],
        rule: OnDuplicate,
        so_far: &mut ImportSoFar,
    ) -> String {
        seen(self.backend().import_batch(rows, rule, so_far, self.now))
    }

    /// The cast comes with the first act, so that random imports begin with nobody.
    fn import_leads(&mut self) {
        if self.leads.is_empty() {
            let rows: Vec<LeadRow> = (0..LEADS)
                .map(|lead| LeadRow {
                    email: Some(address_of(LEADS + lead)),
                    aliases: vec![address_of(2 * LEADS + lead)],
                    ..row(number_of(lead))
                })
                .collect();
            self.backend().import(&rows, OnDuplicate::Fill, self.now).unwrap();
            let everyone = LeadChoice::default();
            let leads = self.backend().leads(&everyone, LeadId(0), LEADS).unwrap();
            self.leads = leads.iter().map(|lead| lead.id).collect();
        }
    }

    fn exchange(&mut self, settled: &[(usize, Ending)], wants: &[Wish], mood: Mood) -> String {
        let settlements: Vec<Settlement> = settled
            .iter()
            .filter_map(|(number, ending)| self.settlement(*number, *ending))
            .collect();
        let wants: Vec<Want> = wants.iter().map(|wish| self.want(*wish)).collect();
        let gate = MoodyGate { mood, lazy: self.sequences[0].0 };
        let now = self.now;
        let exchanged = self.backend().exchange(self.epoch, &settlements, &wants, &gate, now);
        let exchanged = exchanged.unwrap();
        let mut answer: Vec<String> =
            exchanged.settled.iter().map(|settling| format!("{settling:?}")).collect();
        for granted in exchanged.granted {
            answer.push(self.seen_granted(granted));
        }
        answer.join("; ")
    }

    /// What becomes of any claim that was ever made: late settlements are part of the day.
    fn settlement(&self, number: usize, ending: Ending) -> Option<Settlement> {
        let claim = self.recent_claim(number)?;
        let then = self.natural_then(claim.candidate.message)?;
        let fate = match ending {
            Ending::Sent => Fate::Sent { gateway_id: Some("gw-1".to_owned()), then },
            Ending::Failed => {
                let reason = EndReason::Refused;
                Fate::Failed { reason, then: Then::Stop(reason) }
            }
            Ending::FailedAndOn => Fate::Failed { reason: EndReason::RetriesExhausted, then },
            Ending::Unrenderable if claim.candidate.is_in_doubt() => Fate::Unknown { then },
            Ending::Unrenderable => Fate::Unrenderable { why: "no phone".to_owned(), then },
            Ending::Unknown => Fate::Unknown { then },
            Ending::UnknownAndPause => Fate::Unknown { then: Then::Pause },
            Ending::Again { holds_back_later } => Fate::Again {
                due_at: Moment(self.now.0 + 20_000),
                tries: claim.candidate.tries + 1,
                resends: claim.candidate.resends,
                holds_back_later,
            },
            Ending::InDoubt => Fate::Again {
                due_at: Moment(self.now.0 + 10_000),
                tries: claim.candidate.tries,
                resends: claim.candidate.resends + 1,
                holds_back_later: true,
            },
            Ending::DoubtOver { .. } if !claim.candidate.is_in_doubt() => Fate::Released,
            Ending::DoubtOver { taken: true } => Fate::Sent { gateway_id: None, then },
            Ending::DoubtOver { taken: false } => Fate::Unknown { then },
            Ending::Released { .. } => Fate::Released,
        };
        let mut settlement = settlement(claim.token, fate, self.now);
        if let Ending::Released { holds: true } = ending {
            let until = Some(Moment(self.now.0 + 5_000));
            let detail = String::new();
            settlement.hold = Some(Hold { reason: HoldReason::Unbuildable, until, detail });
        }
        match (ending, &mut settlement.attempt) {
            (Ending::InDoubt, Some(attempt)) => attempt.code = OutcomeCode::Ambiguous,
            (Ending::DoubtOver { .. }, attempt) => *attempt = None,
            _ => {}
        }
        Some(settlement)
    }

    fn recent_claim(&self, number: usize) -> Option<&Claim> {
        self.claims.iter().rev().nth(number)
    }

    fn want(&self, wish: Wish) -> Want {
        let day = self.now.0.div_euclid(DAY * 1_000);
        let next_day_at = Moment((day + 1) * DAY * 1_000);
        let recipients = wish.recipients_cap.map(|cap| RecipientsToday { day, cap, next_day_at });
        let mut asked = want(self.devices[wish.device], wish.count);
        for (before, pace) in (0..).zip(&mut asked.paces) {
            pace.day_count = wish.of_day + before;
            pace.hour_count = wish.of_hour + before;
            pace.last_dispatch_at = Some(self.now);
            pace.first_dispatch_at = Some(if wish.is_old { at(0) } else { self.now });
        }
        Want { recipients, ..asked }
    }

    fn seen_granted(&mut self, granted: Granted) -> String {
        match granted {
            Granted::Claims(claims) => self.seen_claims(claims),
            Granted::Nothing { .. } if self.something_waits_aside() => "nothing".to_owned(),
            other => format!("{other:?}"),
        }
    }

    fn seen_claims(&mut self, claims: Vec<Claim>) -> String {
        let lines: Vec<String> = claims
            .iter()
            .map(|Claim { candidate, claimed_at, .. }| {
                let message = self.name_of(candidate.message);
                let device = self.number_of_device(candidate.device);
                let address = &candidate.lead.address;
                let counts = (candidate.tries, candidate.resends);
                let times = (candidate.due_at, claimed_at);
                format!("{message} by {device} to {address} {counts:?} {times:?}")
            })
            .collect();
        self.claims.extend(claims);
        lines.join(", ")
    }

    fn recover(&mut self, held: &[usize]) -> String {
        let held: HashSet<Token> =
            held.iter().filter_map(|number| Some(self.recent_claim(*number)?.token)).collect();
        let recovered = self.backend().recover(self.epoch, &held, self.now).unwrap();
        self.seen_claims(recovered)
    }

    fn set_state(&self, sequence: usize, state: SequenceState) -> String {
        seen(self.backend().set_sequence_state(self.sequences[sequence].0, state))
    }

    fn decide(
        &self,
        number: usize,
        decide: impl Fn(&World, MessageId, Then) -> Result<()>,
    ) -> String {
        let decided = self.message(number).and_then(|id| Some((id, self.natural_then(id)?)));
        decided.map_or_else(String::new, |(id, then)| seen(decide(self, id, then)))
    }

    fn message(&self, number: usize) -> Option<MessageId> {
        let rows = all_messages(self.backend(), &MessageFilter::default());
        rows.get(number).map(|row| row.message)
    }

    /// How an enrollment goes on after a message, by its plan.
    fn natural_then(&self, id: MessageId) -> Option<Then> {
        let row = self.backend().message(id).ok()?;
        Some(natural_then(row.sequence == sequence_name(0), id, self.now))
    }

    pub(super) fn something_waits_aside(&self) -> bool {
        let paused = |known: &KnownSequence| known.state == SequenceState::Paused;
        self.backend().sequences().unwrap().iter().any(paused)
            || self.leads.iter().any(|lead| {
                let enrollments = self.backend().enrollments_of(*lead).unwrap();
                enrollments.iter().any(|one| one.state == EnrollmentState::Paused)
            })
    }

    pub(super) fn name_of(&self, id: MessageId) -> String {
        format!("{}-{}", self.number_of_enrollment(id.enrollment), id.step)
    }

    pub(super) fn number_of_enrollment(&self, id: EnrollmentId) -> usize {
        self.enrollments.iter().position(|known| *known == id).expect("a known enrollment")
    }

    pub(super) fn number_of_device(&self, id: DeviceId) -> usize {
        self.devices.iter().position(|known| *known == id).expect("a known device")
    }

    pub(super) fn number_of_sequence(&self, id: SequenceId) -> usize {
        self.sequences.iter().position(|(known, _)| *known == id).expect("a known sequence")
    }
}

struct MoodyGate {
    mood: Mood,
    lazy: SequenceId,
}

impl Gate for MoodyGate {
    fn admit(&self, candidate: &Candidate, now: Moment) -> Verdict {
        let is_odd = candidate.lead.address.as_str().ends_with(['1', '3', '5']);
        match self.mood {
            Mood::PutOff if is_odd => Verdict::NotBefore(Moment(now.0 + 40_000)),
            Mood::End if is_odd => {
                let then = natural_then(candidate.sequence == self.lazy, candidate.message, now);
                Verdict::End { reason: EndReason::Condition, then }
            }
            Mood::Open | Mood::PutOff | Mood::End => Verdict::Send { gap_min: Duration::ZERO },
        }
    }
}

fn natural_then(is_lazy: bool, id: MessageId, now: Moment) -> Then {
    if id.step.0 == STEPS {
        Then::Finish
    } else if is_lazy {
        next(id.step.0 + 1, Moment(now.0 + 10_000))
    } else {
        Then::AlreadyThere
    }
}

/// An answer without the words of a refusal, which are each backend's own.
fn seen<T: std::fmt::Debug>(answer: Result<T>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(Error::Conflict(_)) => "conflict".to_owned(),
        Err(Error::Missing { kind, .. }) => format!("no such {kind}"),
        Err(error) => panic!("no act may fail so: {error}"),
    }
}

fn number_of(lead: usize) -> u32 {
    u32::try_from(lead).expect("a handful of leads") + 1
}

/// The phones of the leads, then their e-mail addresses, each of which two of them share, then their
/// further phones.
fn address_of(number: usize) -> Address {
    let lead = number % LEADS;
    match number / LEADS {
        0 => phone(number_of(lead)),
        1 => email(&format!("pair-{}", lead / 2)),
        _ => phone(number_of(number)),
    }
}

fn device_name(number: usize) -> String {
    format!("sim-{number}")
}

fn sequence_name(number: usize) -> String {
    ["drip", "burst"][number].to_owned()
}
