//! How long gateways take to answer: each is asked a few times whether it is there. Nothing is sent.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, timeout};

use super::super::workplace::{Settings, gateway};
use crate::clock::SystemClock;
use crate::gateway::Gateway;
use crate::gateway::build::Surroundings;
use crate::message::{InstanceId, Keys};
use crate::report::readiness::{Probed, timing};

/// How often each is asked, and how long it may take altogether.
const PROBES: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(5);

/// What answers faster than this was asked over no network.
const FASTEST: Duration = Duration::from_micros(10);

/// Asks the gateways of these names, all at once.
pub(super) async fn probe(settings: &Settings, names: &[&str]) -> Vec<Probed> {
    let (receipts, _heard) = unbounded_channel();
    // Nothing is sent that a receipt could be of.
    let keys = Keys::of(InstanceId(0));
    let surroundings = Surroundings { clock: Arc::new(SystemClock), receipts, keys };
    let asked = settings.gateways.iter().filter(|(name, _)| names.contains(&name.as_str()));
    let mut under_way = Vec::new();
    for (name, configured) in asked {
        let built = gateway(name, configured, &surroundings);
        under_way.push((name.clone(), built.map(|gateway| tokio::spawn(ask(gateway)))));
    }
    let mut probed = Vec::new();
    for (gateway, asked) in under_way {
        let (said, took) = match asked {
            Err(failure) => (Err(failure.message().to_owned()), Vec::new()),
            Ok(asked) => asked.await.unwrap_or_else(|panic| (Err(panic.to_string()), Vec::new())),
        };
        let took = timing(took).filter(|took| took.p50 >= FASTEST);
        probed.push(Probed { gateway, said, took });
    }
    probed
}

async fn ask(gateway: Arc<dyn Gateway>) -> (Result<String, String>, Vec<Duration>) {
    let began = Instant::now();
    let mut took = Vec::new();
    let mut said = Err(format!("no answer within {} s", PATIENCE.as_secs()));
    for _ in 0..PROBES {
        let started = Instant::now();
        let Ok(answer) = timeout(PATIENCE.saturating_sub(began.elapsed()), gateway.probe()).await
        else {
            break;
        };
        let is_there = answer.is_ok();
        said = answer;
        if !is_there {
            break;
        }
        took.push(started.elapsed());
    }
    (said, took)
}
