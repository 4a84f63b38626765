//! Adapter: a gateway as the config describes it, `[gateways.NAME]`.
//!
//! | key | default | why |
//! |---|---|---|
//! | `preset` | none | a known gateway; every key below may still be said differently |
//! | `kind` | the preset's | `http`, `exec` or `simulator` |
//! | `timeout` | `30s` | longer, and a slow gateway holds a slot that others need |
//! | `idempotent` | `false` | to believe it wrongly means to send twice |
//! | `url` | none | where requests whose URL begins with `/` go |
//! | `connect_timeout` | `10s`, at most half of `timeout` | past it nothing was sent for certain |
//! | `idle_timeout` | `4s` | below the 5 s of common servers: a connection that the server closes while we write loses an answer |
//! | `reuse` | `true` | `false` for a server that closes connections at will |
//! | `proxy`, `probe` | none | the environment's proxies are not looked at |
//! | `request`, `media_request` | | see [`Request`] |
//! | `reply` | | see [`ReplyRules`]; the config's rules come before the preset's |
//! | `query` | none | see [`Query`]: how to ask whether a message was taken; for a gateway that is not `idempotent` |
//! | `query.after` | `timeout` + 5 s, and never less | before that the request itself may still be on its way |
//! | `command` | | of `exec` |
//! | `seed`, `latency`, `odds`, `after`, `delivered`, `read` | takes all at once | of `simulator` |

mod layers;
mod query;
mod reply;
mod request;
mod simulator;

use std::collections::BTreeSet;
use std::time::Duration;

use self::layers::Layers;
use super::Memory;
use super::exec::ExecSpec;
use super::pattern::Pattern;
use super::preset::Preset;
use super::query::Query;
use super::request::{Request, UrlPattern};
use super::rules::{Condition, ReplyRules, Rule, Verdict};
use super::simulator::SimulatorSpec;
use crate::document::{Document, Finding, Table};
use crate::units;

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// One gateway of the config, understood and compiled.
#[derive(Debug, Clone)]
pub struct GatewaySpec {
    /// What it remembers of keys.
    pub memory: Memory,
    /// How long one send may take.
    pub timeout: Duration,
    /// What kind of gateway it is.
    pub kind: GatewayKind,
}

/// The kinds of gateways.
#[derive(Debug, Clone)]
pub enum GatewayKind {
    /// Speaks HTTP.
    Http(Box<HttpSpec>),
    /// A command that reads and writes JSON lines.
    Exec(ExecSpec),
    /// Sends nothing and plays a gateway.
    Simulator(SimulatorSpec),
}

/// A gateway that speaks HTTP.
#[derive(Debug, Clone)]
pub struct HttpSpec {
    /// How long connecting may take: name, TCP and TLS.
    pub connect_timeout: Duration,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
    /// Whether a connection carries more than one request.
    pub reuse: bool,
    /// URL of a proxy. The environment's proxies are not looked at.
    pub proxy: Option<String>,
    /// URL that `doctor` looks at; the origin of the request when absent.
    pub probe: Option<String>,
    /// The request for a text.
    pub request: Request,
    /// The request for a text with a file, when it is another one.
    pub media_request: Option<Request>,
    /// How answers are read.
    pub reply: ReplyRules,
    /// How it is asked about a message whose answer was lost.
    pub query: Option<Query>,
}

const KINDS: [(&str, Kind); 3] =
    [("http", Kind::Http), ("exec", Kind::Exec), ("simulator", Kind::Simulator)];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Http,
    Exec,
    Simulator,
}

impl GatewaySpec {
    /// Reads `[gateways.NAME]`. What is wrong is noted on the table.
    #[must_use]
    pub fn read(mut table: Table<'_>) -> Option<GatewaySpec> {
        let preset = table.choice("preset", &Preset::ALL).map(Preset::source);
        let preset = preset.as_ref().map(Document::parse);
        let secrets = table.table("secrets").map(Table::entries).unwrap_or_default();
        let secrets: Vec<String> =
            secrets.into_iter().map(|secret| secret.key().to_owned()).collect();
        let place = table.span();
        let mut layers = Layers::new(Some(table), preset.as_ref().map(Document::root));

        let kind = layers.get(|table| table.choice("kind", &KINDS));
        let timeout = layers.get(|table| table.optional_with("timeout", positive));
        let timeout = timeout.unwrap_or(TIMEOUT);
        let idempotent = layers.get(|table| table.optional("idempotent")).unwrap_or(false);
        let mut kind = match kind {
            Some(Kind::Http) => {
                read_http(&mut layers, timeout).map(Box::new).map(GatewayKind::Http)
            }
            Some(Kind::Exec) => read_exec(&mut layers).map(GatewayKind::Exec),
            Some(Kind::Simulator) => Some(GatewayKind::Simulator(simulator::read(&mut layers))),
            None => {
                layers.complain("missing-key", "missing `kind` or `preset`");
                return None;
            }
        };
        if let Some(GatewayKind::Http(http)) = &mut kind
            && idempotent
        {
            http.reply.rules.push(known_key());
        }
        if let Some(kind) = &kind {
            for missing in kind.secrets().difference(&secrets.into_iter().collect()) {
                layers.report(
                    Finding::new(
                        "missing-secret",
                        place.clone(),
                        format!("missing the secret `{missing}`"),
                    )
                    .help(format!("add secrets = {{ {missing} = {{ file = \"...\" }} }}")),
                );
            }
        }
        layers.finish();
        let kind = kind?;
        let memory = if idempotent { Memory::Idempotent } else { kind.memory() };
        Some(GatewaySpec { memory, timeout, kind })
    }
}

/// A gateway that drops repeats says 409 to a key that it knows, unless another rule says otherwise.
fn known_key() -> Rule {
    Rule {
        when: Condition { status: "409".parse().ok(), ..Condition::default() },
        verdict: Verdict::Duplicate,
        after: Vec::new(),
        until: Vec::new(),
    }
}

impl GatewayKind {
    /// What a gateway of this kind remembers of keys when it does not drop repeats.
    fn memory(&self) -> Memory {
        match self {
            GatewayKind::Http(http) => http
                .query
                .as_ref()
                .map_or(Memory::Blind, |query| Memory::Queryable { after: query.after }),
            GatewayKind::Simulator(simulator) => simulator.memory,
            GatewayKind::Exec(_) => Memory::Blind,
        }
    }

    /// Names of the secrets that its requests need.
    fn secrets(&self) -> BTreeSet<String> {
        let GatewayKind::Http(http) = self else { return BTreeSet::new() };
        let query = http.query.as_ref().map(|query| &query.request);
        let requests = [Some(&http.request), http.media_request.as_ref(), query];
        let patterns = requests.into_iter().flatten().flat_map(Request::patterns);
        let names = patterns.flat_map(Pattern::names);
        names.filter_map(|name| name.strip_prefix("secrets.").map(str::to_owned)).collect()
    }
}

fn read_http(layers: &mut Layers<'_>, timeout: Duration) -> Option<HttpSpec> {
    let base: Option<String> = layers.get(|table| table.optional_with("url", base_url));
    let base = base.as_deref();
    let request = layers.table("request").unwrap_or_else(Layers::empty);
    let says_url = layers.is_own("url") || request.is_own("url");
    let request = request::read(request, base, None);
    let media = layers.table("media_request");
    let media_request = media.map(|media| request::read(media, base, request.as_ref()));
    let reply = layers.table("reply").map(reply::read).unwrap_or_default();
    let query = layers.table("query");
    let query = query.map(|query| query::read(query, base, request.as_ref(), timeout));
    let mut duration = |key| layers.get(|table| table.optional_with(key, positive));
    let connect_timeout = duration("connect_timeout").unwrap_or(CONNECT_TIMEOUT);
    let idle_timeout = duration("idle_timeout").unwrap_or(IDLE_TIMEOUT);
    let reuse = layers.get(|table| table.optional("reuse")).unwrap_or(true);
    let mut url = |key| layers.get(|table| table.optional_with(key, absolute_url));
    let (proxy, probe) = (url("proxy"), url("probe"));
    if request.is_none() && !says_url {
        layers.complain("missing-key", "missing `url`");
    }
    Some(HttpSpec {
        connect_timeout,
        idle_timeout,
        reuse,
        proxy,
        probe,
        request: request?,
        media_request: match media_request {
            Some(media_request) => Some(media_request?),
            None => None,
        },
        reply,
        query: match query {
            Some(query) => Some(query?),
            None => None,
        },
    })
}

/// `command = ["/usr/local/bin/send-sms", "--json"]`
fn read_exec(layers: &mut Layers<'_>) -> Option<ExecSpec> {
    if layers.table("query").is_some() {
        layers.complain("bad-value", "a command can't be asked; `query` is for http gateways");
    }
    let command: Option<Vec<String>> = layers.get(|table| table.required("command"));
    let mut words = command?.into_iter();
    let Some(program) = words.next().filter(|program| !program.is_empty()) else {
        layers.complain("bad-value", "`command` names no program");
        return None;
    };
    Some(ExecSpec { program, arguments: words.collect() })
}

fn positive(text: &str) -> Result<Duration, String> {
    let duration = units::duration(text).map_err(|error| error.to_string())?;
    if duration.is_zero() { Err("no time at all".to_owned()) } else { Ok(duration) }
}

fn base_url(text: &str) -> Result<String, String> {
    UrlPattern::compile(None, text).map(|_| text.to_owned())
}

fn absolute_url(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        Ok(url) if url.has_host() => Ok(text.to_owned()),
        Ok(_) => Err("a URL begins with http:// or https://".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
