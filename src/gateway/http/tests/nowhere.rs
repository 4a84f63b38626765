//! A peer that takes no connection any more and does not say so.

use tokio::net::TcpSocket;
use tokio::time::{Instant, timeout};

use super::*;

/// Longer than a connection on one machine takes.
const AT_ONCE: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_connection_that_is_never_answered_was_not_sent_within_its_own_time() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody takes them, so there is soon no room for one more.
    let mut taken = Vec::new();
    while let Ok(stream) = timeout(AT_ONCE, TcpStream::connect(address)).await {
        taken.push(stream.unwrap());
    }
    let mut rig = Rig::to(&format!("http://{address}/send"));
    rig.spec.connect_timeout = Duration::from_millis(300);
    let began = Instant::now();
    let outcome = rig.send().await;
    assert_eq!(outcome.code(), OutcomeCode::Unreachable, "{}", outcome.detail());
    assert!(began.elapsed() < Duration::from_secs(3), "it waited for the whole timeout");
}
