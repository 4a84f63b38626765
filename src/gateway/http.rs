//! Adapter: a gateway that speaks HTTP, as its [`HttpSpec`] describes.
//!
//! One request a message, never repeated, never redirected. What matters is the border between
//! "certainly not sent" and "nobody knows": a failure while connecting is the first, everything
//! after that is the second until an answer says more.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Response, redirect, retry};

use super::echo::without_echo;
use super::reply::{Reply, ReplyBody};
use super::scope::Scope;
use super::secrets::{OpenSecrets, Redactor};
use super::spec::HttpSpec;
use super::{
    Asking, Gateway, Memory, Parcel, Receipt, ReceiptKind, ReceiptSender, Recollection, Sending,
};
use crate::clock::Clock;
use crate::outcome::{Fault, NotSentCause, Outcome};
use crate::proving::{Point, Sabotage, reach, sabotaged};

/// An answer longer than this, unpacked, is no answer.
const BODY_MAX: usize = 1024 * 1024;
/// More headers than this are no answer.
const HEADERS_MAX: usize = 64 * 1024;

/// A gateway that speaks HTTP.
pub struct HttpGateway {
    wire: Arc<Wire>,
    receipts: ReceiptSender,
    memory: Memory,
    timeout: Duration,
}

/// What a request needs until its answer is read, which may be after nobody waits for it any more.
struct Wire {
    client: Client,
    spec: HttpSpec,
    secrets: OpenSecrets,
    redactor: Redactor,
    clock: Arc<dyn Clock>,
}

impl HttpGateway {
    /// Makes the gateway's client. Opens no connection yet.
    ///
    /// # Errors
    ///
    /// What the client does not accept, as a sentence.
    pub fn new(
        spec: HttpSpec,
        timeout: Duration,
        memory: Memory,
        secrets: OpenSecrets,
        clock: Arc<dyn Clock>,
        receipts: ReceiptSender,
    ) -> Result<HttpGateway, String> {
        let redactor = secrets.redactor();
        let client = client(&spec, timeout).map_err(|why| redactor.redact(why))?;
        let wire = Arc::new(Wire { client, spec, secrets, redactor, clock });
        Ok(HttpGateway { wire, receipts, memory, timeout })
    }
}

fn client(spec: &HttpSpec, timeout: Duration) -> Result<Client, String> {
    // Half of the whole, so that a connection that is not made never looks like a lost answer.
    let connect_timeout = spec.connect_timeout.min(timeout / 2);
    let mut builder = Client::builder()
        .user_agent(concat!("broadcaster/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(spec.idle_timeout)
        .pool_max_idle_per_host(if spec.reuse { usize::MAX } else { 0 });
    if let Some(proxy) = &spec.proxy {
        let proxy = reqwest::Proxy::all(proxy).map_err(|error| root_cause(&error))?;
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| root_cause(&error))
}

impl Gateway for HttpGateway {
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(async move {
            let outcome = match self.wire.request(parcel) {
                Ok(request) => self.exchange(request, parcel).await,
                Err((fault, detail)) => Outcome::Unmade { fault, detail },
            };
            outcome.map_detail(|detail| self.wire.for_people(detail, parcel))
        })
    }

    fn memory(&self) -> Memory {
        self.memory
    }

    fn ask<'a>(&'a self, parcel: &'a Parcel) -> Asking<'a> {
        Box::pin(async move {
            let answer = tokio::time::timeout(self.timeout, self.wire.recall(parcel)).await;
            match answer.unwrap_or_else(|_| Err(no_answer_within(self.timeout))) {
                Ok(Recollection::Unclear { detail }) | Err(detail) => {
                    Recollection::Unclear { detail: self.wire.for_people(detail, parcel) }
                }
                Ok(clear) => clear,
            }
        })
    }

    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        Box::pin(async move {
            let answer = tokio::time::timeout(self.timeout, self.wire.probe()).await;
            let answer = answer.unwrap_or_else(|_| Err(no_answer_within(self.timeout)));
            answer.map_err(|why| self.wire.redactor.redact(why))
        })
    }
}

impl HttpGateway {
    /// Sends the request and waits for the answer. When it does not come in time the message is
    /// ambiguous, but the request is left to finish for as long again: an answer that is merely
    /// late then settles the message as a receipt. A query is asked only after that, see
    /// [`GatewaySpec`](super::spec::GatewaySpec).
    async fn exchange(&self, request: reqwest::Request, parcel: &Parcel) -> Outcome {
        let mut answer = Box::pin(Arc::clone(&self.wire).ask(request, parcel.key.clone()));
        if let Ok(outcome) = tokio::time::timeout(self.timeout, &mut answer).await {
            return outcome;
        }
        let (receipts, message, timeout) = (self.receipts.clone(), parcel.message, self.timeout);
        let clock = Arc::clone(&self.wire.clock);
        tokio::spawn(async move {
            let late = tokio::time::timeout(timeout, answer).await;
            if let Ok(Outcome::Sent { .. }) = late {
                let receipt = Receipt { message, kind: ReceiptKind::Accepted, at: clock.now() };
                // Nobody listens any more when the engine is shutting down; recovery decides then.
                let _unheard = receipts.send(receipt);
            }
        });
        let detail = no_answer_within(self.timeout);
        if sabotaged(Sabotage::TimeoutIsNotSent) {
            return Outcome::NotSent { cause: NotSentCause::Unreachable, after: None, detail };
        }
        Outcome::Ambiguous { detail }
    }
}

impl Wire {
    /// What was said of a parcel, without what only the gateway or the lead may know.
    fn for_people(&self, said: String, parcel: &Parcel) -> String {
        without_echo(self.redactor.redact(said), parcel)
    }

    /// The request for a parcel, or why there is none.
    fn request(&self, parcel: &Parcel) -> Result<reqwest::Request, (Fault, String)> {
        let request = match (&parcel.media, &self.spec.media_request) {
            (Some(_), Some(request)) => request,
            (Some(_), None) if !self.spec.request.takes_media() => {
                let why = "the gateway's request has no place for the media".to_owned();
                return Err((Fault::Request, why));
            }
            _ => &self.spec.request,
        };
        let scope = Scope::of(parcel, &self.secrets);
        request.build(&self.client, &scope).map_err(|why| {
            let mut lacks = request.lacks(parcel, &self.secrets);
            if !lacks.is_empty() {
                let why = what_would_help(&lacks);
                // They are made of the phone.
                lacks.remove("digits");
                return (Fault::Lead { lacks }, why);
            }
            let another = Scope::of_another_lead(parcel, &self.secrets);
            match request.build(&self.client, &another) {
                Ok(_) => {
                    let why = format!("{why}; the same request can be made for other leads");
                    (Fault::Lead { lacks }, why)
                }
                Err(_) => (Fault::Request, why),
            }
        })
    }

    async fn ask(self: Arc<Self>, request: reqwest::Request, key: String) -> Outcome {
        if let Err(why) = reach(Point::RequestBegun) {
            return Outcome::Ambiguous { detail: why.to_string() };
        }
        let again = sabotaged(Sabotage::ClientRetries).then(|| request.try_clone()).flatten();
        let mut answered = self.client.execute(request).await;
        if let (Err(_), Some(again)) = (&answered, again) {
            answered = self.client.execute(again).await;
        }
        match answered {
            Ok(response) => {
                if let Err(why) = reach(Point::ReplyBegun) {
                    return Outcome::Ambiguous { detail: why.to_string() };
                }
                let reply = read(response).await;
                self.spec.reply.judge(&reply, &key, self.clock.now())
            }
            Err(error) => unanswered(&error),
        }
    }

    /// Asks about a parcel; an error is why there is no answer.
    async fn recall(&self, parcel: &Parcel) -> Result<Recollection, String> {
        let query = self.spec.query.as_ref().ok_or("the config does not say how to ask")?;
        let request = query.request.build(&self.client, &Scope::of(parcel, &self.secrets))?;
        let answer = self.client.execute(request).await.map_err(|error| root_cause(&error))?;
        Ok(query.rules.judge(&read(answer).await, &parcel.key))
    }

    async fn probe(&self) -> Result<String, String> {
        let Some(origin) = self.spec.request.url.origin() else {
            return Ok("its address depends on the device; use `devices test`".to_owned());
        };
        let url = self.spec.probe.as_deref().unwrap_or(&origin);
        match self.client.get(url).send().await {
            Ok(response) => Ok(format!("{origin} answers ({})", response.status().as_u16())),
            Err(error) => Err(format!("{origin} does not answer: {}", root_cause(&error))),
        }
    }
}

/// What the lead lacks, and what would help.
fn what_would_help(lacks: &BTreeSet<String>) -> String {
    let all: Vec<String> = lacks.iter().map(|field| format!("`{field}`")).collect();
    let defaults: Vec<String> =
        lacks.iter().map(|field| format!("`{{{{ lead.{field} | default('') }}}}`")).collect();
    format!(
        "the lead has no {}, which the gateway's request asks for: import it and retry the message, or \
         write {} in the gateway's settings",
        all.join(" and no "),
        defaults.join(" and ")
    )
}

/// What a request without an answer came to.
fn unanswered(error: &reqwest::Error) -> Outcome {
    let why = root_cause(error);
    let not_sent = |cause, detail| Outcome::NotSent { cause, after: None, detail };
    if let Some(refused) = refused_certificate(error) {
        let detail = format!("the gateway's certificate is not accepted: {refused}");
        not_sent(NotSentCause::Untrusted, detail)
    } else if error.is_connect() {
        not_sent(NotSentCause::Unreachable, format!("could not connect: {why}"))
    } else if error.is_builder() {
        not_sent(NotSentCause::Unbuildable, why)
    } else {
        // The client does not say whether a byte was written, so one may have been.
        Outcome::Ambiguous { detail: format!("the connection was lost before an answer: {why}") }
    }
}

/// What is wrong with the gateway's certificate, if that is what stood in the way.
fn refused_certificate<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> Option<&'e rustls::CertificateError> {
    if let Some(tls) = error.downcast_ref() {
        let rustls::Error::InvalidCertificate(refused) = tls else { return None };
        return Some(refused);
    }
    // An I/O error hides what it carries from those who follow its sources.
    let carried = error.downcast_ref().and_then(std::io::Error::get_ref);
    match carried {
        Some(carried) => refused_certificate(carried),
        None => refused_certificate(error.source()?),
    }
}

/// Reads an answer up to the limits.
async fn read(mut response: Response) -> Reply {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > HEADERS_MAX {
        let why = format!("more than {} KiB of headers", HEADERS_MAX / 1024);
        let body = ReplyBody::Broken { so_far: Vec::new(), why };
        return Reply::new(status, HeaderMap::new(), body);
    }
    let mut bytes = Vec::new();
    let body = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > BODY_MAX => {
                let why = format!("more than {} KiB of body", BODY_MAX / 1024);
                break ReplyBody::Broken { so_far: bytes, why };
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break ReplyBody::Whole(bytes),
            Err(error) => break ReplyBody::Broken { so_far: bytes, why: root_cause(&error) },
        }
    };
    Reply::new(status, headers, body)
}

/// The innermost error: what the operating system or the peer did. The outer ones show the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "no reason given".to_owned(), ToString::to_string)
}

fn no_answer_within(timeout: Duration) -> String {
    format!("no answer within {timeout:?}")
}

#[cfg(test)]
mod tests;
