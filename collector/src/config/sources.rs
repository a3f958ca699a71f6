use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Config, ConfigError, Place, SETTINGS, Secrecy, Setting};

/// What was said about the settings, and where. Later ones win: the file, the environment, flags.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<(&'static Setting, String, Place)>);

/// What follows from it.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The configuration, checked.
    pub config: Config,
    places: Vec<Place>,
}

impl Sources {
    /// Adds what a file in TOML sets: keys are the names of settings, as flags have them.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or has a key that is not known.
    pub fn file(&mut self, file: &Path) -> Result<(), ConfigError> {
        let refused = |reason: String| ConfigError::File { file: file.to_path_buf(), reason };
        let text = std::fs::read_to_string(file).map_err(|error| refused(error.to_string()))?;
        self.text(file, &text)
    }

    /// Adds what a text sets that is read from this file.
    ///
    /// # Errors
    ///
    /// If it is no TOML, or has a key that is not known.
    pub fn text(&mut self, file: &Path, text: &str) -> Result<(), ConfigError> {
        let refused = |reason: String| ConfigError::File { file: file.to_path_buf(), reason };
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            // Its long form quotes the line, which may hold a secret.
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
            refused(format!("line {line}: {}", error.message()))
        })?;
        for (key, value) in table {
            let place = Place::File { file: file.to_path_buf(), key: key.clone() };
            let Some(setting) = Setting::find(&key) else {
                return Err(ConfigError::Unknown { place });
            };
            self.0.push((setting, text_of(value), place));
        }
        Ok(())
    }

    /// Adds what variables of the environment set; empty ones set nothing.
    ///
    /// # Errors
    ///
    /// If a value is no text.
    pub fn environment(
        &mut self,
        read: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(), ConfigError> {
        for setting in SETTINGS {
            let name = setting.variable();
            let Some(value) = read(&name).filter(|value| !value.is_empty()) else { continue };
            let value = value.into_string().map_err(|value| ConfigError::Value {
                place: Place::Variable(name.clone()),
                value: setting.shown(&value.to_string_lossy()),
                allowed: setting.allowed,
            })?;
            self.0.push((setting, value, Place::Variable(name)));
        }
        Ok(())
    }

    /// Adds what a flag sets.
    pub fn flag(&mut self, setting: &'static Setting, value: String) {
        self.0.push((setting, value, Place::Flag(format!("--{}", setting.name))));
    }

    /// What follows from all that was said.
    ///
    /// # Errors
    ///
    /// If a value is not one that is allowed, also one that a later source replaces.
    pub fn resolve(self) -> Result<Effective, ConfigError> {
        let mut config = Config::default();
        let mut places = vec![Place::Default; SETTINGS.len()];
        for (setting, text, place) in self.0 {
            setting.set(&mut config, &text, &place)?;
            let index = SETTINGS.iter().position(|other| other.name == setting.name);
            if let Some(known) = index.and_then(|index| places.get_mut(index)) {
                *known = place;
            }
        }
        config.validate()?;
        Ok(Effective { config, places })
    }
}

impl Sources {
    /// What a file, the environment and flags say, in this order.
    ///
    /// # Errors
    ///
    /// If the file or the environment cannot be read.
    pub fn read(
        file: Option<PathBuf>,
        flags: impl IntoIterator<Item = (&'static Setting, String)>,
    ) -> Result<Self, ConfigError> {
        let mut sources = Self::default();
        let named = std::env::var_os("STEADFAST_CONFIG").filter(|name| !name.is_empty());
        if let Some(file) = file.or_else(|| named.map(PathBuf::from)) {
            sources.file(&file)?;
        }
        sources.environment(|name| std::env::var_os(name))?;
        flags.into_iter().for_each(|(setting, value)| sources.flag(setting, value));
        Ok(sources)
    }
}

/// The configuration as a file that would set the same, without secrets, and with where each
/// value came from.
impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = Config::default();
        for (setting, place) in SETTINGS.iter().zip(&self.places) {
            let text = setting.text(&self.config);
            let default = setting.text(&default);
            let key = setting.name;
            match setting.secrecy {
                _ if text.is_empty() && default.is_empty() => writeln!(f, "# {key} is not set")?,
                Secrecy::Secret => writeln!(f, "# {key} is set and not shown # {place}")?,
                Secrecy::Open if setting.shown(&text) != text => {
                    writeln!(
                        f,
                        "# {key} is {} without what may be secret # {place}",
                        setting.shown(&text)
                    )?;
                }
                Secrecy::Open if default.parse::<f64>().is_ok() => {
                    writeln!(f, "{key} = {text} # {place}")?;
                }
                Secrecy::Open => writeln!(f, "{key} = {} # {place}", Value::String(text))?,
            }
        }
        Ok(())
    }
}

/// A value as a flag would have it: lists are written with commas.
fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Array(values) => values.into_iter().map(text_of).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("steadfast.toml");
        std::fs::write(&file, text).unwrap();
        (folder, file)
    }

    fn said(
        file: &str,
        variable: Option<&str>,
        flag: Option<&str>,
    ) -> Result<Effective, ConfigError> {
        let (_folder, file) = written(file);
        let mut sources = Sources::default();
        sources.file(&file)?;
        let variable = variable.map(OsString::from);
        sources.environment(|name| variable.clone().filter(|_| name == "STEADFAST_QUEUE"))?;
        if let Some(flag) = flag {
            sources.flag(Setting::find("queue").unwrap(), flag.to_owned());
        }
        sources.resolve()
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let queue = |said: Result<Effective, ConfigError>| said.unwrap().config.queue;
        assert_eq!(queue(said("", None, None)), 1024);
        assert_eq!(queue(said("queue = 1", None, None)), 1);
        assert_eq!(queue(said("queue = 1", Some("2"), None)), 2);
        assert_eq!(queue(said("queue = 1", Some("2"), Some("3"))), 3);
        assert_eq!(queue(said("queue = 1", Some(""), None)), 1, "an empty variable sets nothing");
    }

    #[test]
    fn a_refusal_names_the_place_the_value_and_what_is_allowed() {
        let refused = |file, variable, flag| said(file, variable, flag).unwrap_err().to_string();
        let said = refused("queue = 0", None, None);
        assert!(said.starts_with("queue in /"), "{said}");
        assert!(said.ends_with("steadfast.toml is \"0\"; allowed is 1 to 100000"), "{said}");
        let said = refused("", Some("many"), None);
        assert_eq!(said, "STEADFAST_QUEUE is \"many\"; allowed is 1 to 100000");
        let said = refused("", None, Some("-1"));
        assert_eq!(said, "--queue is \"-1\"; allowed is 1 to 100000");
        let said = refused("log-format = \"xml\"", None, None);
        assert!(said.ends_with("is \"xml\"; allowed is text or json"), "{said}");
        let said = refused("quee = 1", None, None);
        assert!(said.starts_with("quee in /") && said.contains("allowed are listen, "), "{said}");
        let said = refused("listen = \"[::]:1\"\nqueue = ", None, None);
        assert!(said.contains("cannot be read: line 2: "), "{said}");
    }

    #[test]
    fn a_value_that_is_refused_is_so_even_where_a_later_one_replaces_it() {
        assert_eq!(said("queue = 0", None, Some("1")).unwrap_err().code(), "config.value");
    }

    #[test]
    fn what_is_in_effect_reads_as_a_file_that_sets_the_same() {
        let effective = said("shutdown-limit = \"2min\"", None, Some("7")).unwrap();
        let printed = effective.to_string();
        assert!(printed.contains("queue = 7 # --queue\n"), "{printed}");
        assert!(printed.contains("log-format = \"text\" # default\n"), "{printed}");
        assert_eq!(said(&printed, None, None).unwrap().config, effective.config);
    }

    #[test]
    fn what_was_set_to_nothing_and_what_looks_like_a_number_reads_as_it_was_set() {
        for file in ["operator = \"\"\noverload-cpu = 0.75", "operator = \"007\"\noverload-cpu = 1"]
        {
            let effective = said(file, None, None).unwrap();
            let printed = effective.to_string();
            assert_eq!(said(&printed, None, None).unwrap().config, effective.config, "{printed}");
        }
        let printed = said("overload-cpu = 0.75", None, None).unwrap().to_string();
        assert!(printed.contains("overload-cpu = 0.75 # overload-cpu in /"), "{printed}");
    }
}
