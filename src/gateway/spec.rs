//! Adapter: a gateway as the config describes it, `[gateways.NAME]`.

use std::time::Duration;

use super::Repeats;
use super::exec::ExecSpec;
use super::request::Request;
use super::rules::ReplyRules;
use super::simulator::SimulatorSpec;

/// One gateway of the config, understood and compiled.
#[derive(Debug, Clone)]
pub struct GatewaySpec {
    /// What it does with a repeated key.
    pub repeats: Repeats,
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
}
