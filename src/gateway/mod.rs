//! Port: a gateway, the outside service that takes messages. One parcel in, one [`Outcome`] out.

pub mod build;
pub mod exec;
pub mod http;
pub mod pattern;
pub mod preset;
pub mod reply;
pub mod request;
pub mod rules;
pub mod secrets;
pub mod simulator;
pub mod spec;
#[cfg(test)]
pub(crate) mod testing;
pub mod wait;

use std::future::Future;
use std::pin::Pin;

use crate::clock::Moment;
use crate::lead::{Address, Lead};
use crate::message::MessageId;
use crate::outcome::Outcome;

/// One message, rendered and addressed, as a gateway takes it.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// The message's identity, for logs and receipts.
    pub message: MessageId,
    /// The idempotency key: fixed for the message's life, the same for every try.
    pub key: String,
    /// Name of the device.
    pub device: String,
    /// How the gateway knows the device.
    pub sender: String,
    /// Where it goes.
    pub to: Address,
    /// The lead, for request templates that name its fields.
    pub lead: Lead,
    /// What it says.
    pub text: String,
    /// A file to send along.
    pub media: Option<ParcelMedia>,
    /// Name of the sequence.
    pub sequence: String,
    /// Number of this try, from 1.
    pub attempt: u32,
}

/// The file of a [`Parcel`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelMedia {
    /// Absolute URL.
    pub url: String,
    /// Text under the file.
    pub caption: String,
}

/// What a gateway tells us of a message after it took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which message.
    pub message: MessageId,
    /// What happened to it.
    pub kind: ReceiptKind,
    /// When, by the gateway's word.
    pub at: Moment,
}

/// What a receipt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReceiptKind {
    /// The gateway took it: settles an `unknown`.
    Accepted,
    /// The lead's device has it.
    Delivered,
    /// The lead has seen it.
    Read,
}

/// What a gateway does with a repeated key, which decides about ambiguous sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repeats {
    /// It drops a repeat of the same key: sending again is safe.
    Idempotent,
    /// It takes every request for a new message.
    #[default]
    Blind,
}

/// A send under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// An outside service that takes messages. An implementation never retries, never follows a
/// redirect, and never waits longer than its own timeout.
pub trait Gateway: Send + Sync {
    /// Hands over one parcel and reads the answer.
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a>;

    /// What it does with a repeated key.
    fn repeats(&self) -> Repeats;

    /// Looks whether the gateway answers at all, without sending: a sentence for `doctor`.
    ///
    /// # Errors
    ///
    /// What is wrong, as a sentence.
    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>>;
}

/// Where gateways hand in receipts; the engine keeps the other end.
pub type ReceiptSender = tokio::sync::mpsc::UnboundedSender<Receipt>;
