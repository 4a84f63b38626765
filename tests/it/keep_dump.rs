#[test]
fn dump() {
    let scene = super::scene::Scene::new();
    for words in [
        "status",
        "status --sequence welcome",
        "messages list",
        "messages list --status failed,unknown",
        "why +60123000004",
        "why +60123000001",
        "why 1-1",
        "why 2-1",
        "why 3-1",
        "why 4-1",
        "why 5-1",
        "why 6-1",
        "why 1-2",
        "why sim-1",
        "why sim-2",
        "why sim-3",
        "why nobody",
        "export messages",
        "export attempts",
        "export leads",
        "export suppressions",
        "export attempts --code refused",
        "messages retry --status failed -n",
        "messages retry --status failed",
        "messages retry 2-1",
        "messages retry 99-1",
        "messages resolve 3-1 --as sent",
        "messages cancel --sequence welcome -y",
        "messages list",
        "status --json",
    ] {
        let ended = scene.run(words);
        println!("$ {words}   -> {:?}\n{}{}", ended.code, ended.stdout, ended.stderr);
    }
}
