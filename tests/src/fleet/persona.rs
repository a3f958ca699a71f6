use steadfast::{Builder, MetadataValue};

/// A kind of client, so that a fleet has some variety to look at.
struct Persona {
    client_type: &'static str,
    platform: &'static str,
    version: &'static str,
}

const PERSONAS: [Persona; 5] = [
    Persona { client_type: "desktop", platform: "linux", version: "4.2.0" },
    Persona { client_type: "desktop", platform: "windows", version: "4.1.3" },
    Persona { client_type: "kiosk", platform: "linux", version: "1.0.9" },
    Persona { client_type: "sensor", platform: "embedded", version: "0.8.1" },
    Persona { client_type: "worker", platform: "linux", version: "2.11.0" },
];

const REGIONS: [&str; 3] = ["eu-central", "us-east", "ap-south"];

/// Makes somebody of the `index`th client of a fleet.
pub(super) fn dress(builder: Builder, index: u16) -> Builder {
    let index = usize::from(index);
    let Persona { client_type, platform, version } = &PERSONAS[index % PERSONAS.len()];
    let region = REGIONS[index / PERSONAS.len() % REGIONS.len()];
    builder
        .session_id(format!("fleet-{index:03}"))
        // Some people have more than one device.
        .user(format!("user-{:02}", index * 2 / 3))
        .client_type(*client_type)
        .metadata("platform", MetadataValue::Text((*platform).into()))
        .metadata("region", MetadataValue::Text(region.into()))
        .metadata("version", MetadataValue::Text((*version).into()))
}
