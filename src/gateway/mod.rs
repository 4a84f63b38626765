//! Port: a gateway, the outside service that takes messages. One parcel in, one [`Outcome`] out.

pub mod build;
mod echo;
pub mod exec;
pub mod http;
pub mod pattern;
pub mod preset;
pub mod query;
pub mod reply;
pub mod request;
pub mod rules;
pub mod scope;
pub mod secrets;
pub mod simulator;
pub mod spec;
#[cfg(test)]
pub(crate) mod testing;
pub mod wait;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

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
    pub lead: Arc<Lead>,
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

/// What a gateway remembers of the keys that it has seen, which decides about ambiguous sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Memory {
    /// It drops a repeat of the same key: sending again is safe.
    Idempotent,
    /// It can be asked whether it took the message of a key.
    Queryable {
        /// How long after an answer was lost its word counts: the request itself may still be on its way.
        after: Duration,
    },
    /// Nothing: it takes every request for a new message.
    #[default]
    Blind,
}

/// What a gateway says when it is asked about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recollection {
    /// It took the message.
    Taken {
        /// Its own name for the message, when its answer had one.
        gateway_id: Option<String>,
    },
    /// It never took it, and never will.
    NotTaken,
    /// Nothing that decides.
    Unclear {
        /// What it said, or why it said nothing.
        detail: String,
    },
}

/// A send under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// A question under way.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Recollection> + Send + 'a>>;

/// An outside service that takes messages. An implementation never retries, never follows a
/// redirect, and never waits longer than its own timeout.
pub trait Gateway: Send + Sync {
    /// Hands over one parcel and reads the answer.
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a>;

    /// What it remembers of keys.
    fn memory(&self) -> Memory;

    /// Asks whether it took this parcel, without sending anything. Only a gateway whose memory is
    /// [`Memory::Queryable`] has an answer.
    fn ask<'a>(&'a self, _parcel: &'a Parcel) -> Asking<'a> {
        let detail = "this gateway can't be asked".to_owned();
        Box::pin(std::future::ready(Recollection::Unclear { detail }))
    }

    /// Looks whether the gateway answers at all, without sending: a sentence for `doctor`.
    ///
    /// # Errors
    ///
    /// What is wrong, as a sentence.
    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>>;
}

/// Where gateways hand in receipts; the engine keeps the other end.
pub type ReceiptSender = tokio::sync::mpsc::UnboundedSender<Receipt>;
