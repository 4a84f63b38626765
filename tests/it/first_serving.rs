//! What `serve-devices` says to who runs it for the first time.

use crate::shop::Shop;

#[test]
fn where_no_device_can_send_the_next_command_is_named() {
    let shop = Shop::new();
    let serve = || shop.run("serve-devices --until-idle").stderr;
    let said = serve();
    assert!(said.contains("warning: there are no devices"), "{said}");
    assert!(said.contains("'broadcaster devices apply devices.toml'"), "{said}");

    shop.write(
        "off.toml",
        &shop.read("devices.toml").replace("[[devices]]", "[[devices]]\nenabled = false"),
    );
    shop.done("devices apply off.toml");
    let said = serve();
    assert!(said.contains("no device is enabled") && said.contains("`enabled = true`"), "{said}");

    shop.done("devices apply devices.toml");
    let said = serve();
    assert!(!said.contains("nothing can be sent"), "{said}");
}

#[test]
fn how_far_it_is_comes_after_its_start_and_each_number_has_a_name() {
    let shop = Shop::new();
    let said = shop.run("serve-devices --until-idle --progress plain").stderr;
    let started = said.find("serving started").expect("it starts");
    let progress =
        said.find("sent 0, rate 0, due 0, pending 0, in the air 0").expect("a line at least");
    assert!(started < progress, "{said}");
}
