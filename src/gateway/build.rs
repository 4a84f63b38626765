//! Adapter: from a gateway's spec to the gateway. Only the shell calls this: everybody else knows
//! gateways by their trait.

use std::sync::Arc;

use super::exec::ExecGateway;
use super::http::HttpGateway;
use super::secrets::OpenSecrets;
use super::simulator::Simulator;
use super::spec::{GatewayKind, GatewaySpec};
use super::{Gateway, ReceiptSender};
use crate::clock::Clock;
use crate::message::Keys;

/// What gateways need from the program.
#[derive(Clone)]
pub struct Surroundings {
    /// Where the present comes from.
    pub clock: Arc<dyn Clock>,
    /// Where receipts go.
    pub receipts: ReceiptSender,
    /// By which receipts name messages.
    pub keys: Keys,
}

/// Why a gateway can't be set up.
#[derive(Debug, thiserror::Error)]
#[error("could not set up the gateway {name}: {reason}")]
pub struct Error {
    name: String,
    reason: String,
}

/// Sets up a gateway. Connects to nothing and starts nothing yet.
///
/// # Errors
///
/// The HTTP client does not accept its settings.
pub fn build(
    name: &str,
    spec: &GatewaySpec,
    secrets: OpenSecrets,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Gateway>, Error> {
    let Surroundings { clock, receipts, keys } = surroundings.clone();
    let &GatewaySpec { memory, timeout, .. } = spec;
    Ok(match &spec.kind {
        GatewayKind::Http(http) => {
            let http = http.as_ref().clone();
            let gateway = HttpGateway::new(http, timeout, memory, secrets, clock, receipts);
            Arc::new(gateway.map_err(|reason| Error { name: name.to_owned(), reason })?)
        }
        GatewayKind::Exec(exec) => {
            let exec = exec.clone();
            Arc::new(ExecGateway::new(exec, timeout, memory, secrets, clock, receipts, keys))
        }
        GatewayKind::Simulator(simulator) => {
            Arc::new(Simulator::new(simulator.clone(), memory, clock, receipts))
        }
    })
}
