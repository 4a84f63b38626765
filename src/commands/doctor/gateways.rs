//! The checks of gateways: their secrets, and whether they answer.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use super::super::workplace::{Settings, gateway};
use super::Check;
use crate::clock::SystemClock;
use crate::exit::{Exit, Failure};
use crate::gateway::Gateway;
use crate::gateway::build::Surroundings;
use crate::message::{InstanceId, Keys};

/// Longer than this nobody waits for a diagnosis, whatever the gateway's own timeout.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// One check a gateway; all are asked at once when `asks`.
pub(super) fn check(settings: &Settings, asks: bool) -> Result<Vec<Check>, Failure> {
    if settings.gateways.is_empty() {
        let fix = "Add a [gateways.NAME] to broadcaster.toml.";
        return Ok(vec![Check::warning("gateways", "the settings have none", fix)]);
    }
    let failed =
        |error: std::io::Error| Failure::failed(format!("could not start to ask: {error}"));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (receipts, _heard) = unbounded_channel();
    // Nothing is sent that a receipt could be of.
    let keys = Keys::of(InstanceId(0));
    let surroundings = Surroundings { clock: Arc::new(SystemClock), receipts, keys };
    Ok(runtime.block_on(async {
        let mut under_way = Vec::new();
        for (name, configured) in &settings.gateways {
            let built = gateway(name, configured, &surroundings);
            let name = format!("gateway {name}");
            under_way.push(match built {
                Err(failure) => {
                    let fix = "Mend its [gateways] table or what its secrets name.";
                    Err(Check::failed(name, failure.message(), fix))
                }
                Ok(_) if !asks => Err(Check::ok(name, "not asked")),
                Ok(gateway) => Ok(tokio::spawn(probe(name, gateway))),
            });
        }
        let mut checks = Vec::new();
        for asked in under_way {
            match asked {
                Err(check) => checks.push(check),
                Ok(asked) => checks.extend(asked.await),
            }
        }
        checks
    }))
}

async fn probe(name: String, gateway: Arc<dyn Gateway>) -> Check {
    let unreachable = |why: String| {
        let fix = "Look whether it runs and whether its url is right.";
        Check::failed(name.clone(), why, fix).exiting(Exit::Unreachable)
    };
    match tokio::time::timeout(PROBE_TIMEOUT, gateway.probe()).await {
        Ok(Ok(said)) => Check::ok(name, said),
        Ok(Err(why)) => unreachable(why),
        Err(_) => unreachable(format!("no answer within {} s", PROBE_TIMEOUT.as_secs())),
    }
}
