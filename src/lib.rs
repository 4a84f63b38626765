//! Sends step-by-step message sequences to many leads through many paced devices, from one binary and
//! one SQLite file. This page is the map of the house; read it from top to bottom once.
//!
//! An operator has *leads* (people with a phone number or an e-mail address) and *devices* (WhatsApp
//! sessions, phones, SIMs behind a gateway). `broadcaster` imports the leads, enrolls them into
//! *sequences* at a controlled rate, and `serve-devices` sends step after step, one worker a device,
//! each at the pace of a person. It is built for thousands of devices and tens of millions of messages
//! on one machine without a database server, and for the day on which the power fails.
//!
//! # The words
//!
//! One word has one meaning, here, in the command line, in SQL and in logs.
//!
//! | word | meaning |
//! |---|---|
//! | [`Lead`](lead::Lead) | a person with an address, fields, tags and a time zone |
//! | [`Suppression`](lead::Suppression) | an address that must not be written to, nor any other of its lead; outlives the lead |
//! | [`Gateway`](gateway::Gateway) | an outside service that takes messages |
//! | [`Device`](device::Device) | one sender behind a gateway, with its pace, hours and health |
//! | [`Sequence`](sequence::Sequence) | a versioned plan of steps; a campaign is one with a single step, a start and an audience |
//! | [`EnrollmentId`](enrollment::EnrollmentId) | one lead's place in one version of a sequence, on one device for good |
//! | [`MessageId`](message::MessageId) | one step of one enrollment: (enrollment, step) is a message's identity |
//! | [`Claim`](store::Claim) | a device's right to send one message now; durable before the first byte leaves |
//! | [`Outcome`](outcome::Outcome) | what one try came to |
//! | [`Settlement`](store::Settlement) | what is kept of it: state, attempt, and the *next* message |
//!
//! A message is `pending`, then `processing`, then `sent`, `failed`, `unknown` or `cancelled`; receipts
//! make `delivered` and `read` of `sent`. See [`MessageState`](message::MessageState), and
//! [`EnrollmentState`](enrollment::EnrollmentState) for `active`, `paused`, `finished` and `stopped`.
//!
//! # The way of one message
//!
//! | # | station | from -> to | where |
//! |---|---|---|---|
//! | 1 | import | CSV row -> lead, or a rejected row with line, column and reason | [`import`] |
//! | 2 | enroll | leads x sequence -> enrollments with their *first* message, staggered | [`enroll`](mod@enroll) |
//! | 3 | claim | the device is allowed now -> one due message, marked `processing` | `serve/worker.rs`, [`Queue::exchange`](store::Queue::exchange) |
//! | 4 | render | step + lead -> text; no transaction is open | [`plan`], [`template`] |
//! | 5 | send | text -> gateway -> outcome; no transaction is open | [`gateway`] |
//! | 6 | settle | claim + outcome + policy -> what is to be kept; a pure function | [`retry`] |
//! | 7 | keep | one transaction, guarded by the claim's token | `serve/ledger.rs`, [`Queue::exchange`](store::Queue::exchange) |
//! | 8 | read | status, why, export | [`report`] |
//!
//! Stations 3 to 7 are the heart: `serve/worker.rs`. Only the first message of an enrollment is made
//! when a lead is enrolled; each settlement makes the next one, in its own transaction. So a sequence
//! of eleven steps costs one pending row a lead, not eleven, and nothing has to be found and rewritten when
//! leads move to a new version, are paused or are suppressed. (`schedule = "upfront"` makes all of them at
//! once, for who wants to compare.)
//!
//! # The walls
//!
//! Who may name whom, from the ground up. `tests/it/tidy` reads the sources and fails when it is not so.
//!
//! | layer | modules | may name |
//! |---|---|---|
//! | nouns | [`clock`] [`device`] [`enrollment`] [`lead`] [`message`] [`outcome`] [`sequence`], with [`pace`] [`window`] [`zone`], which devices and steps carry | nouns |
//! | ports | [`store`], [`gateway`]: traits and their plain values | nouns |
//! | deciders | [`forecast`] [`plan`] [`retry`] [`stagger`] [`template`] | nouns, and the ports' plain values (a claim comes in, a settlement goes out) but none of their traits |
//! | written | [`units`] [`document`] [`files`]: how people write values and files | nouns, deciders |
//! | doers | [`import`] [`enroll`](mod@enroll) [`serve`] [`mend`] [`report`] | all above; never an adapter |
//! | adapters | [`store::sqlite`], [`store::Model`], the modules of [`gateway`] | nouns, ports, written; never each other |
//! | shell | [`cli`] [`commands`] [`config`] [`console`] [`exit`] | everything; nothing else prints or ends the process |
//!
//! - Deciders are pure: `now` is a [`Moment`](clock::Moment), chance is a seeded `rng`, and both are
//!   arguments. Clocks are read in [`clock::SystemClock`] alone, and randomness of the system in
//!   [`commands`] alone. That is why a week can be tested in seconds.
//! - What can happen to a *message* is an [`Outcome`](outcome::Outcome), a value. What can happen to
//!   *us* is an error, said once, in `main`.
//! - The engine prints nothing: it says [`Event`](serve::Event)s, and the shell makes bars and log lines
//!   of them.
//! - SQL lies in `sql/sqlite/`, one statement a file. The only text ever put into a statement is the name
//!   of a month, in `store/sqlite/months.rs`.
//!
//! # Where a message lies
//!
//! A message's state is the table in which its row lies:
//!
//! | table | state | kept as |
//! |---|---|---|
//! | `pending` | `pending` | clustered by (device, due time, enrollment, step): the next message of a device is one seek; no text, since step and lead render it |
//! | `parked` | `pending`, its sequence paused | by sequence, so that a paused sequence is not walked over at every claim and comes back in one move |
//! | `processing` | `processing` | one row a claim, by its token: the dispatch mark |
//! | `unknowns` | `unknown` | few, and the only ended ones that may still change |
//! | `history_YYYY_MM` | `sent`, `failed`, `cancelled` | appended, never changed; a closed month can be moved to a file of its own |
//!
//! One table with a state column was measured too: each change of state is a change of an index as well,
//! and it is several times slower (the figures stand in `sql/sqlite/schema/0005_queue.sql`). No row of history is found by an index of its own either: a
//! pending row carries the history id of the step before, and each history row that of its predecessor,
//! so an enrollment's history is a chain. The view `messages` shows all tables as one, with a `status` column,
//! to people with a SQL shell. Counts are kept in the transaction that moves what they count, so
//! `status` answers at once at any size.
//!
//! # What is promised, and where it is kept
//!
//! | promise | kept by |
//! |---|---|
//! | No byte leaves without a durable mark. | [`Queue::exchange`](store::Queue::exchange) answers after its commit; `synchronous = FULL` in `sql/sqlite/pragmas.sql` |
//! | What left is not forgotten with the database. | each mark goes to the dispatch journal too (`store/sqlite/journal/`); `store/sqlite/arrival.rs` reads it before anything else, and a claim or an end that meets a forgotten dispatch makes its message `unknown` |
//! | A restore is whole or not at all. | the backup changes places with the database in one step, and nobody has that open (`store/sqlite/restore.rs`) |
//! | Where nothing tells what left, nothing is served unasked. | a restore writes the doubt into the copy before that has its place, so that another restore over it does not hide it ([`Oddity::Restored`](store::sqlite::Oddity)) |
//! | A late settlement changes nothing. | the claim's [`Token`](store::Token); the answer is [`Settling::Stale`](store::Settling) |
//! | What may have been sent is not sent again by itself. | [`retry`]: an ambiguous try is repeated where the gateway drops repeats, or says that it never took it ([`Memory`](gateway::Memory)), or the operator said `resend`; else it is `unknown` |
//! | Nobody's message is taken for another's. | [`Keys`](message::Keys): a message keeps its key for life; what is enrolled in a copy, or after the database went back in time, has keys that no gateway has seen (`store/sqlite/keys.rs`) |
//! | What may have been sent never ends as if it had not been. | a message in doubt becomes `unknown`, or `sent` by a receipt: [`retry`], and `store/sqlite/doubt.rs` for what ends unsent |
//! | A claim never gets lost. | a dropped claim lets itself go (`serve/ledger.rs`), a dead sender's is found at the next start, both by [`Queue::recover`](store::Queue::recover); [`retry::settle_lost`] decides |
//! | An active enrollment has exactly one message outstanding. | the settlement makes the next one in its own transaction; `sql/sqlite/check/` proves it |
//! | A receipt finds its message, whenever it comes. | a message is kept before its first byte leaves, and found until its month is archived; one that went when the database went back in time is passed over, and what stands for it stays `unknown` (`store/sqlite/receipts.rs`) |
//! | Nobody is written to after a suppression. | asked in the claim's transaction, not before it |
//! | Pace holds, across crashes too. | the device's [`PaceState`](pace::PaceState) is kept in the claim's transaction, and a start waits out the gap |
//! | Nothing leaves outside its window, nor after it has expired. | `serve/admission.rs`, asked in the claim's transaction as a [`Gate`](store::Gate), and again right before the gateway is called; what a gateway needs to connect (`connect_timeout`) comes on top |
//! | One device's trouble is its own, and one lead's. | [`retry`] holds the device and keeps the message's place and its tries; a lead for whom no request can be made fails alone, without a place in the day's count; a field that no lead ever had holds the device; a bulk sender has at most half the slots, and one at least |
//! | One sender a database. | the lock of [`SenderLock`](store::sqlite::SenderLock), the owner that the database names, its home (`store/sqlite/home.rs`), a file system on which locks hold (`store/sqlite/place.rs`), and an [`Epoch`](store::Epoch) that each exchange must name |
//! | A database that is taken away stops us. | its files are compared with those that were opened, before a claim is answered and at each look of the roster (`store/sqlite/opened.rs`) |
//! | A storage fault stops us. | [`store::Error::StateUnknown`] ends the engine; a full or locked database makes it wait, and a stop waits so long only |
//! | What has landed is settled on a full disk too. | room that a sender keeps for it (`store/sqlite/reserve.rs`); nothing is claimed without it |
//! | An upgrade breaks off nothing. | one transaction, after a copy, never under a sender that serves (`store/sqlite/upgrade.rs`) |
//! | No gap gets shorter by a clock that is set. | `serve/time.rs` judges the clock, and what is believed of it is kept ([`Timekeeping`](store::Timekeeping)) |
//!
//! `broadcaster check` runs the queries of `sql/sqlite/check/`, each of which must answer no row.
//!
//! # The engine
//!
//! [`serve()`](serve::serve) knows only ports. Inside:
//!
//! - The *roster* knows which devices have something to do and when. A device with something due gets a
//!   worker; one that must wait costs an entry in a heap. It looks at the database again only when
//!   another process has changed it.
//! - The *worker* takes a slot when it is its device's turn, claims, renders, sends, settles. A slot
//!   (`max_workers`) is held while a message is in the air and never while a device waits out its gap,
//!   so a few hundred slots serve thousands of devices.
//! - The *ledger* gathers the wants and settlements of all workers while the transaction before is being
//!   committed, and hands them in as one. A busy system batches by itself; in a quiet one both wait some
//!   milliseconds for company where a device rests anyway, and nobody misses them.
//! - *Admission* judges a due message by its plan inside the claim's transaction: send, not before, never.
//! - *Chores*, every minute: settle the claims that nobody holds, trigger campaigns whose time has come,
//!   follow the wall clock. Time is counted from the start of the machine (`serve/time.rs`), which nobody
//!   can set: a wall clock that jumps is not believed, and nothing is sent, before a time server or the
//!   operator vouches for it. Then every device waits out its gap.
//!
//! SIGTERM moves its phase from running to draining: nothing is claimed any more, what is in the air may
//! land. After the drain timeout it is cut off and settled as ambiguous, which is the truth. A database that takes
//! no settlement then either, being full or locked, is left to the next start, which recovers.
//!
//! # The future
//!
//! `broadcaster forecast` answers in two ways. [`forecast`] walks through the future of one device of each
//! kind by the same deciders as the engine, [`report::forecast`] adds the walks up: at once, at any size.
//! `--simulate` plays it: the engine itself, on tokio's paused clock, a simulated gateway and a
//! [scratch copy](store::sqlite::Sqlite::scratch_copy) of the database, which is never synced, has no name on
//! the disk and can be made by copying only. Devices wake by a coarse tick there
//! ([`grain`](clock::Clocks::grain)), so that many share a transaction. The two must agree, and
//! `tests/it/forecast.rs` shows that they do.
//!
//! # To add ...
//!
//! - **a gateway of a known kind**: nothing here. A table in `broadcaster.toml` says how to ask and how
//!   to read the answer ([`gateway::spec`]); a good one can become a preset in `src/gateway/presets/`.
//! - **a kind of gateway**: implement [`Gateway`](gateway::Gateway) in a file beside `gateway/http.rs`,
//!   give [`GatewayKind`](gateway::spec::GatewayKind) a variant and [`gateway::build`](mod@gateway::build) an arm. Never
//!   retry in it, and say `ambiguous` wherever a byte may have got through.
//! - **a command**: its flags in [`cli`], its examples in [`cli::examples`], a file in [`commands`] that
//!   calls a station and hands a [`Report`](console::report::Report) to the console, an arm in
//!   `commands/mod.rs`. Tests then demand its help page, its completions and its manual page.
//! - **a report**: a function over [`Store`](store::Store) in [`report`] that answers a plain struct; its
//!   `Report` in the command that shows it.
//! - **a backend**: implement [`Store`](store::Store) and [`Queue`](store::Queue) (an outside queue only
//!   the latter) and add it to `tests/it/contract/mod.rs`. The laws there, and random days compared with
//!   [`Model`](store::Model), are the real definition of the ports.
//! - **a statement**: a file in `sql/sqlite/`, taken with `sql!`. A test prepares it, refuses one that
//!   walks a table without a reason, and refuses a file that nobody takes.
//! - **a migration**: the next number in `sql/sqlite/schema/` and a line in `store/sqlite/connection.rs`. One
//!   that was released is never changed.
//!
//! # How it is tested
//!
//! - Deciders by tables and properties, beside their code.
//! - The ports by one suite of laws over every backend, and by random days on two of them at once
//!   (`tests/it/contract/`).
//! - The engine on tokio's paused clock against the model and a simulator (`serve/tests.rs`), and as a
//!   process against a gateway that plays every fate and writes down what it was asked, with which the
//!   program's own books are compared (`tests/it/serve.rs`, `examples/fake_gateway.rs`).
//! - Every statement by its query plan (`tests/it/sql.rs`), every invariant by breaking it
//!   (`tests/it/upkeep.rs`).
//! - Help pages, completions, the README and `examples/` by running them; the walls by reading the sources.
//! - What nobody may lose or repeat by breaking the real program on purpose, at each point of [`proving`] and
//!   at moments of chance, and the tests themselves by planting bugs (`tests/proving/`, `tests/README.md`).

// Nouns: plain values and the rules that they carry; no I/O.
pub mod clock;
pub mod device;
pub mod enrollment;
pub mod lead;
pub mod message;
pub mod outcome;
pub mod pace;
pub mod proving;
pub mod sequence;
pub mod window;
pub mod zone;

// Ports, with their adapters below them.
pub mod gateway;
pub mod store;

// Deciders: pure functions of nouns, `now` and a seeded rng.
pub mod forecast;
pub mod plan;
pub mod retry;
pub mod stagger;
pub mod template;

// What people write: values, files, and what is wrong with them.
pub mod document;
pub mod files;
pub mod units;

// Doers: the stations on the way.
pub mod enroll;
pub mod import;
pub mod mend;
pub mod report;
pub mod serve;

// Shell: parse, call, print.
pub mod cli;
pub mod commands;
pub mod config;
pub mod console;
pub mod exit;
