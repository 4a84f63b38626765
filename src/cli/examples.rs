//! Shell: notes and examples, one page a command. Each example is parsed by a test.

/// What stands under the options of a command.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Words of the command; empty for the program itself.
    pub path: &'static str,
    /// What there is to know beside the options; may be empty.
    pub notes: &'static str,
    /// Command lines.
    pub examples: &'static [&'static str],
}

/// Every page.
pub const PAGES: &[Page] = &[
    Page {
        path: "",
        notes: "",
        examples: &[
            "broadcaster init",
            "broadcaster import leads.csv --region MY --tag expo",
            "broadcaster sequence apply welcome.toml",
            "broadcaster devices apply devices.toml",
            "broadcaster enroll --sequence welcome --tag expo --rate 10/s",
            "broadcaster serve-devices",
            "broadcaster status",
            "broadcaster export messages --status failed > failed.csv",
        ],
    },
    Page {
        path: "init",
        notes: "Nothing that is there is changed, unless --force is given.",
        examples: &["broadcaster init", "broadcaster init shop --region PT --samples"],
    },
    Page {
        path: "doctor",
        notes: "Each check is shown with its fix. Exit 1 when one fails.",
        examples: &["broadcaster doctor", "broadcaster doctor --offline --json"],
    },
    Page { path: "config", notes: "", examples: &["broadcaster config show"] },
    Page {
        path: "config show",
        notes: "Flags win over the environment, the environment over the file, the file over the defaults. \
                Secrets are never shown.",
        examples: &["broadcaster config show", "broadcaster config show --json"],
    },
    Page {
        path: "config check",
        notes: "Exit 78 when the file is wrong.",
        examples: &[
            "broadcaster config check",
            "broadcaster config check --config /etc/broadcaster/broadcaster.toml",
        ],
    },
    Page {
        path: "import",
        notes: "Delimiter, character set and the program that wrote the file are found out. Rejected rows \
                go to a file of their own, to be mended and imported again: importing twice changes \
                nothing. An empty cell never erases a value, unless you ask \
                for --on-duplicate overwrite.",
        examples: &[
            "broadcaster import leads.csv --region MY --tag expo",
            "broadcaster import leads.csv.gz --map phone=Mobile --dry-run",
            "crm-export | broadcaster import - --source-name crm --max-rejects 2%",
            "broadcaster import bulk.csv --spread hash --on-duplicate skip",
        ],
    },
    Page {
        path: "leads",
        notes: "",
        examples: &["broadcaster leads list --tag expo", "broadcaster leads show +60123456789"],
    },
    Page {
        path: "leads list",
        notes: "Addresses are masked; --show-pii shows them in full.",
        examples: &[
            "broadcaster leads list --tag expo --where city=Ipoh",
            "broadcaster leads list --limit 0 --format jsonl",
        ],
    },
    Page {
        path: "leads show",
        notes: "",
        examples: &[
            "broadcaster leads show +60123456789",
            "broadcaster leads show ann@example.org --show-pii",
        ],
    },
    Page {
        path: "leads tag",
        notes: "",
        examples: &[
            "broadcaster leads tag vip +60123456789",
            "broadcaster leads tag north --where city=Ipoh",
            "broadcaster leads tag expo --leads visitors.txt --remove",
        ],
    },
    Page {
        path: "leads erase",
        notes: "Fields, tags and texts are erased. The addresses stay behind as suppressions, so that the \
                lead is not written to when it is imported again.",
        examples: &[
            "broadcaster leads erase +60123456789",
            "broadcaster leads erase --leads requests.txt --yes",
        ],
    },
    Page {
        path: "suppress",
        notes: "",
        examples: &["broadcaster suppress add +60123456789", "broadcaster suppress list"],
    },
    Page {
        path: "suppress add",
        notes: "What waits for these leads is cancelled at once, in every sequence; what is in the air is \
                finished. Only 'broadcaster suppress remove' lifts it, no import does.",
        examples: &["broadcaster suppress add +60123456789 --reason 'asked by phone'"],
    },
    Page {
        path: "suppress import",
        notes: "",
        examples: &[
            "broadcaster suppress import unsubscribed.csv --region MY",
            "cat do-not-call.txt | broadcaster suppress import -",
        ],
    },
    Page {
        path: "suppress list",
        notes: "Addresses are masked; --show-pii shows them in full.",
        examples: &[
            "broadcaster suppress list",
            "broadcaster suppress list --reason imported --limit 0",
        ],
    },
    Page {
        path: "suppress remove",
        notes: "",
        examples: &["broadcaster suppress remove +60123456789 --yes"],
    },
    Page {
        path: "sequence",
        notes: "A campaign is a sequence of one step with a start time and an audience.",
        examples: &[
            "broadcaster sequence check welcome.toml",
            "broadcaster sequence apply welcome.toml",
            "broadcaster sequence pause welcome",
        ],
    },
    Page {
        path: "sequence check",
        notes: "Needs no database. Exit 78 when a file is wrong.",
        examples: &["broadcaster sequence check welcome.toml reminder.toml"],
    },
    Page {
        path: "sequence preview",
        notes: "",
        examples: &[
            "broadcaster sequence preview welcome.toml",
            "broadcaster sequence preview welcome --lead +60123456789 --step 2",
        ],
    },
    Page {
        path: "sequence apply",
        notes: "Shows what changes for whom, and asks before a known sequence is changed and before a \
                campaign is scheduled.",
        examples: &[
            "broadcaster sequence apply welcome.toml --dry-run",
            "broadcaster sequence apply welcome.toml reminder.toml --yes",
            "broadcaster sequence apply welcome.toml --running move",
        ],
    },
    Page {
        path: "sequence list",
        notes: "",
        examples: &["broadcaster sequence list", "broadcaster sequence list --format plain"],
    },
    Page {
        path: "sequence show",
        notes: "",
        examples: &[
            "broadcaster sequence show welcome",
            "broadcaster sequence show welcome --version 3",
        ],
    },
    Page {
        path: "sequence pause",
        notes: "Messages in the air are finished.",
        examples: &["broadcaster sequence pause welcome"],
    },
    Page { path: "sequence resume", notes: "", examples: &["broadcaster sequence resume welcome"] },
    Page {
        path: "enroll",
        notes: "A lead is on a sequence once, so that a run that cron doubles or misses does no harm. \
                Suppressed leads are skipped. Without --tag, --where or --leads every lead is enrolled.",
        examples: &[
            "broadcaster enroll --sequence welcome --tag expo --rate 10/s",
            "broadcaster enroll --sequence welcome --over 24h --dry-run",
            "broadcaster enroll --sequence welcome --limit 5000 --skip-if-locked -q",
            "cut -d, -f2 visitors.csv | broadcaster enroll --sequence welcome --leads -",
        ],
    },
    Page {
        path: "unenroll",
        notes: "Messages that wait for their turn are cancelled; those in the air are finished.",
        examples: &[
            "broadcaster unenroll --sequence welcome +60123456789",
            "broadcaster unenroll --sequence welcome --tag vip --dry-run",
            "broadcaster unenroll --sequence welcome --all --yes",
        ],
    },
    Page {
        path: "serve-devices",
        notes: "SIGTERM or Ctrl-C stops after the messages in the air; a second one stops at once. SIGHUP \
                reads devices and gateways again, and vouches for a clock that has jumped. SIGUSR1 prints \
                one line. Only one serve-devices runs on a database; a second one exits 11. With \
                --until-idle it waits out caps, hours and delays, says until when, and ends when nothing \
                is left that could be sent without a person.\n\nA copy of a database that was not put \
                there by 'broadcaster restore' is refused with exit 78 until --adopt says that it takes \
                the place of the original, and so is one that was restored where nothing tells for sure what \
                left. What the dispatch journal beside it knows to have left becomes unknown; what the \
                journal lacks, or all of it where there is none, may leave again.\n\nA database on a \
                network's file system (NFS, SMB, 9p, FUSE and others) is refused with 78 too, by every \
                other command as well, until --any-filesystem or any_filesystem = true below [database] \
                says that nothing but this machine reaches it and that its locks hold.",
        examples: &[
            "broadcaster serve-devices",
            "broadcaster serve-devices --until-idle --progress plain",
            "broadcaster serve-devices --device sim-001 --device sim-002",
            "broadcaster serve-devices --adopt",
        ],
    },
    Page {
        path: "devices",
        notes: "",
        examples: &[
            "broadcaster devices apply devices.toml",
            "broadcaster devices list --held",
            "broadcaster devices pause sim-001 --for 2h",
        ],
    },
    Page {
        path: "devices apply",
        notes: "Devices that the file does not name stay as they are, unless --prune is given.",
        examples: &[
            "broadcaster devices apply devices.toml --dry-run",
            "broadcaster devices apply fleet.csv --prune --yes",
        ],
    },
    Page {
        path: "devices list",
        notes: "",
        examples: &["broadcaster devices list", "broadcaster devices list --held --json"],
    },
    Page { path: "devices show", notes: "", examples: &["broadcaster devices show sim-001"] },
    Page {
        path: "devices pause",
        notes: "Messages in the air are finished.",
        examples: &[
            "broadcaster devices pause sim-001 --for 2h --reason 'new SIM'",
            "broadcaster devices pause --all",
        ],
    },
    Page {
        path: "devices resume",
        notes: "",
        examples: &["broadcaster devices resume sim-001", "broadcaster devices resume --all"],
    },
    Page {
        path: "devices test",
        notes: "Sends one real message, outside of pace and hours. With --dry-run nothing is sent.",
        examples: &[
            "broadcaster devices test sim-001 --to +60123456789",
            "broadcaster devices test sim-001 --to +60123456789 --dry-run",
        ],
    },
    Page {
        path: "messages",
        notes: "",
        examples: &[
            "broadcaster messages list --status failed",
            "broadcaster messages retry --code retries_exhausted",
        ],
    },
    Page {
        path: "messages list",
        notes: "",
        examples: &[
            "broadcaster messages list --status failed,unknown --since 2h",
            "broadcaster messages list --lead +60123456789 --json",
        ],
    },
    Page {
        path: "messages retry",
        notes: "A message that is unknown may reach its lead twice when it is sent again: only what \
                --status unknown or an id names is.",
        examples: &[
            "broadcaster messages retry --status failed --code retries_exhausted",
            "broadcaster messages retry 4711-3",
        ],
    },
    Page {
        path: "messages resolve",
        notes: "For messages that may or may not have been sent, once you know. After one that was sent \
                the sequence goes on with the next step; after one that failed it stops for this lead.",
        examples: &[
            "broadcaster messages resolve 4711-3 --as sent",
            "broadcaster messages resolve --device sim-001 --since 2h --as failed",
        ],
    },
    Page {
        path: "messages cancel",
        notes: "The sequence goes on with the next step.",
        examples: &[
            "broadcaster messages cancel 4711-3",
            "broadcaster messages cancel --sequence welcome --step 2 --dry-run",
        ],
    },
    Page {
        path: "status",
        notes: "Answers at once, however many messages there are. 'Tries today' is what the tries of this UTC \
                day came to when they ended; what is found out later, as of one that was unknown, is in the \
                messages of the sequence alone. When all is sent is told only where nothing has to wait for \
                caps, hours or a person; 'broadcaster forecast' reckons with these.",
        examples: &[
            "broadcaster status",
            "broadcaster status --sequence welcome",
            "broadcaster status --json | jq .queue.due",
        ],
    },
    Page {
        path: "why",
        notes: "",
        examples: &["broadcaster why +60123456789", "broadcaster why sim-001"],
    },
    Page {
        path: "forecast",
        notes: "Reckons at once with gaps, caps, ramps, windows and zones. --simulate plays the same with \
                the engine itself; its copy of the database needs as much room beside it, and is gone \
                afterwards. There, messages that wait already keep their devices: with --devices it is \
                refused while there are any. Nothing is sent and nothing is changed.",
        examples: &[
            "broadcaster forecast",
            "broadcaster forecast --sequence welcome --leads 20000 --devices 40",
            "broadcaster forecast --gap 5s..15s --daily-cap 400",
            "broadcaster forecast --simulate --seed 7 --crashes 3 --bans 2",
            "broadcaster forecast --sequence welcome --leads 9000 --devices 30 --simulate",
        ],
    },
    Page {
        path: "readiness",
        notes: "Runs the real code on a database of its own beside yours, which is gone afterwards. \
                Nothing is sent: gateways are only asked whether they are there. Exit 0 when ready, 1 when \
                not.",
        examples: &[
            "broadcaster readiness --phase small",
            "broadcaster readiness --devices 500 --leads 2000 --steps 4",
            "broadcaster readiness --json | jq .ready",
        ],
    },
    Page {
        path: "export",
        notes: "Rows are written as they are read, so memory does not grow. Addresses are in full. The \
                default format is CSV.",
        examples: &[
            "broadcaster export messages --status failed > failed.csv",
            "broadcaster export leads --tag expo --format jsonl",
        ],
    },
    Page {
        path: "export leads",
        notes: "",
        examples: &["broadcaster export leads --tag expo --output expo.csv"],
    },
    Page {
        path: "export messages",
        notes: "",
        examples: &[
            "broadcaster export messages --status failed > failed.csv",
            "broadcaster export messages --since 2026-11-01 --format jsonl | head -1",
        ],
    },
    Page {
        path: "export attempts",
        notes: "",
        examples: &["broadcaster export attempts --device sim-001 --since 1d"],
    },
    Page {
        path: "export suppressions",
        notes: "",
        examples: &["broadcaster export suppressions --output do-not-call.csv"],
    },
    Page {
        path: "backup",
        notes: "The copy is of one moment. The file appears when it is complete.",
        examples: &[
            "broadcaster backup /var/backups/broadcaster.db --force",
            "broadcaster backup \"$(date +%F).db\" -q",
        ],
    },
    Page {
        path: "restore",
        notes: "What was there is kept beside it as broadcaster.db.replaced-TIME. The dispatch journal \
                stays, and tells what left since the backup was made: none of that leaves again, each of \
                these messages becomes unknown when its turn comes. Who was suppressed since stays \
                suppressed. Where nothing tells for sure what left, 'serve-devices' asks for --adopt: \
                what the journal lacks may leave again then. With --dry-run everything is only read: no copy is \
                made, no lock taken, and nothing of an older version upgraded.\n\nStop serve-devices first. Cut short at any point, it is done or was never \
                begun, and the same command can be run again.",
        examples: &[
            "broadcaster restore /var/backups/broadcaster.db",
            "broadcaster restore /var/backups/broadcaster.db --dry-run",
            "broadcaster restore /var/backups/broadcaster.db --yes --json",
        ],
    },
    Page {
        path: "check",
        notes: "Looks at what is under way, a part at a time when it is much, and at what has ended since \
                the last check; --full looks at everything. Exit 1 when something does not add up.",
        examples: &["broadcaster check", "broadcaster check --json"],
    },
    Page {
        path: "archive",
        notes: "The month's messages and attempts leave the database; its counters stay. Only the oldest \
                month can go.",
        examples: &[
            "broadcaster archive --yes -q",
            "broadcaster archive 2026-10 --dry-run",
            "broadcaster archive 2026-10 --output /var/archive/2026-10.db --yes",
        ],
    },
    Page {
        path: "completions",
        notes: "",
        examples: &[
            "broadcaster completions bash > /etc/bash_completion.d/broadcaster",
            "broadcaster completions zsh > ~/.zfunc/_broadcaster",
            "broadcaster completions fish > ~/.config/fish/completions/broadcaster.fish",
        ],
    },
    Page {
        path: "man",
        notes: "",
        examples: &[
            "broadcaster man | man -l -",
            "broadcaster man leads list",
            "broadcaster man --dir /usr/local/share/man/man1",
        ],
    },
    Page {
        path: "help",
        notes: "Topics: exit-codes, environment, formats, cron.",
        examples: &["broadcaster help enroll", "broadcaster help exit-codes"],
    },
    Page {
        path: "demo",
        notes: "Imports, applies, enrolls and serves through a simulator at a sped-up pace. Nothing leaves \
                this machine.",
        examples: &["broadcaster demo", "broadcaster demo ./demo --leads 10000 --seed 7"],
    },
];

/// The page of a command.
#[must_use]
pub fn page(path: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.path == path)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_example_is_a_command_line() {
        for example in PAGES.iter().flat_map(|page| page.examples) {
            let ours = example.split('|').find(|part| part.trim().starts_with("broadcaster"));
            let ours = ours.unwrap().split('>').next().unwrap();
            let words = words(ours);
            if let Err(error) = Cli::read(words) {
                panic!("{example}: {error}");
            }
        }
    }

    /// Splits at spaces outside of quotes, which is all that the examples need of a shell.
    fn words(line: &str) -> Vec<OsString> {
        let mut words = vec![String::new()];
        let mut quote = None;
        for character in line.trim().chars() {
            match character {
                ' ' if quote.is_none() => words.push(String::new()),
                '\'' | '"' if quote.is_none() => quote = Some(character),
                _ if quote == Some(character) => quote = None,
                _ => words.last_mut().unwrap().push(character),
            }
        }
        words.into_iter().map(OsString::from).collect()
    }
}
