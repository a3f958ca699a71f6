//! What an operator writes: the file, variables, flags, and names on the command line.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use steadfast_collector::auth::{KeyDigest, OrganizationId};
use steadfast_collector::config::{Database, SETTINGS, Secrecy, Setting, Sources, duration};

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    file: Vec<(u8, Value<'a>)>,
    variables: Vec<(u8, Value<'a>)>,
    flags: Vec<(u8, Value<'a>)>,
    name: &'a str,
    text: &'a str,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Value<'a> {
    /// As it is by default.
    Default,
    Duration(u32, u8),
    Number(u32),
    Text(&'a str),
}

/// What is refused is refused by an error, and what is in effect reads as a file that sets the same.
///
/// # Panics
///
/// If not.
pub(crate) fn settings(bytes: &[u8]) {
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    read(case.text, &[], &[]);
    let lines = case.file.iter().map(|(index, value)| {
        format!("{} = {}", setting(*index).name, toml::Value::from(value.text(*index)))
    });
    let file = lines.collect::<Vec<_>>().join("\n");
    read(&file, &case.variables, &case.flags);
    drop(case.name.parse::<OrganizationId>());
    drop(case.text.parse::<Database>());
    let text = duration(case.text, Duration::ZERO..=Duration::from_secs(1));
    assert!(text.is_none_or(|text| text <= Duration::from_secs(1)));
    assert!(KeyDigest::of(case.name).id().starts_with("key_"));
}

fn read(file: &str, variables: &[(u8, Value<'_>)], flags: &[(u8, Value<'_>)]) {
    let mut sources = Sources::default();
    if let Err(refused) = sources.text(Path::new("steadfast.toml"), file) {
        assert!(!refused.to_string().is_empty() && refused.code().starts_with("config."));
        return;
    }
    let variable = |name: &str| {
        let named = variables.iter().find(|(index, _)| setting(*index).variable() == name)?;
        Some(OsString::from(named.1.text(named.0)))
    };
    if sources.environment(variable).is_err() {
        return;
    }
    for (index, value) in flags {
        sources.flag(setting(*index), value.text(*index));
    }
    let Ok(effective) = sources.resolve() else { return };
    assert_eq!(effective.config.validate(), Ok(()), "what was resolved was checked");
    let is_told = |setting: &Setting| {
        let login =
            setting.name == "database" && effective.config.database.to_string().contains('@');
        !login && (setting.secrecy == Secrecy::Open || setting.text(&effective.config).is_empty())
    };
    let printed = effective.to_string();
    if SETTINGS.iter().all(is_told) {
        let mut again = Sources::default();
        again.text(Path::new("printed.toml"), &printed).unwrap();
        assert_eq!(again.resolve().unwrap().config, effective.config, "{printed}");
    }
}

fn setting(index: u8) -> &'static Setting {
    &SETTINGS[usize::from(index) % SETTINGS.len()]
}

impl Value<'_> {
    fn text(self, index: u8) -> String {
        match self {
            Self::Default => setting(index).text(&steadfast_collector::Config::default()),
            Self::Duration(number, unit) => {
                let units = ["ms", "s", "min", "h", "d"];
                format!("{number}{}", units[usize::from(unit) % units.len()])
            }
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.to_owned(),
        }
    }
}
