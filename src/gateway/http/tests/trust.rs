//! A gateway with a certificate that nobody has signed.

use std::io::Read;
use std::net::TcpListener;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::*;

/// For localhost, signed by itself; made for this test alone.
const SELF_SIGNED: &[u8] = include_bytes!("self_signed.pem");

#[tokio::test]
async fn a_certificate_that_is_not_accepted_is_a_mistake_of_the_config_and_nothing_was_sent() {
    install_crypto();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/send", listener.local_addr().unwrap().port());
    let peer = std::thread::spawn(move || {
        let certificate = CertificateDer::from_pem_slice(SELF_SIGNED).unwrap();
        let key = PrivateKeyDer::from_pem_slice(SELF_SIGNED).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate], key).unwrap();
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        let (mut caller, _) = listener.accept().unwrap();
        let mut heard = Vec::new();
        let _refused = Stream::new(&mut tls, &mut caller).read_to_end(&mut heard);
        heard
    });
    let outcome = Rig::to(&url).send().await;
    assert_eq!(outcome.code(), OutcomeCode::Untrusted, "{}", outcome.detail());
    assert!(outcome.detail().starts_with("the gateway's certificate is not accepted: "));
    assert!(peer.join().unwrap().is_empty(), "not a byte of the message has left");
}
