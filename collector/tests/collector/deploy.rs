//! The files to deploy with: they can be read, and speak of what there is.

use std::path::PathBuf;

use serde_json::Value;
use steadfast_collector::config::{SETTINGS, Setting};

fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn yaml(name: &str) -> Value {
    serde_yaml_ng::from_str(&file(name)).unwrap()
}

#[test]
fn every_variable_that_the_files_set_is_a_setting() {
    let names: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    for name in ["deploy/compose.yaml", "deploy/compose.replicas.yaml", "../Dockerfile"] {
        let text = file(name);
        let is_name = |letter: char| letter.is_ascii_uppercase() || letter == '_';
        let set =
            text.split(|letter| !is_name(letter)).filter(|word| word.starts_with("STEADFAST_"));
        let set: Vec<&str> = set.collect();
        assert!(!set.is_empty(), "{name}");
        for variable in set {
            assert!(names.iter().any(|known| known == variable), "{variable} in {name}");
        }
    }
}

#[test]
fn the_collectors_trust_the_balancer_and_nobody_else() {
    let compose = yaml("deploy/compose.replicas.yaml");
    let balancer = &compose["services"]["balancer"]["networks"]["default"]["ipv4_address"];
    let trusted = &compose["services"]["collector-1"]["environment"]["STEADFAST_TRUSTED_PROXIES"];
    assert!(balancer.is_string());
    assert_eq!(balancer, trusted);
}

#[test]
fn the_balancer_and_the_scrapes_know_the_collectors_there_are() {
    let compose = yaml("deploy/compose.replicas.yaml");
    let services = compose["services"].as_object().unwrap();
    let collectors: Vec<&String> =
        services.keys().filter(|name| name.starts_with("collector-")).collect();
    assert_eq!(collectors.len(), 2);
    let scraped = yaml("deploy/prometheus.yml");
    let targets = &scraped["scrape_configs"][0]["static_configs"][0]["targets"];
    let balanced = file("deploy/nginx.conf");
    for name in collectors {
        let address = format!("{name}:4700");
        assert!(targets.as_array().unwrap().iter().any(|target| *target == *address), "{address}");
        assert!(balanced.contains(&format!("server {address} ")), "{address}");
    }
    for volume in ["./nginx.conf", "./prometheus.yml"] {
        assert!(file("deploy/compose.replicas.yaml").contains(&format!("- {volume}:")), "{volume}");
    }
    assert!(yaml("deploy/compose.yaml")["services"]["collector"].is_object());
}
