//! The command line. Flags of settings come from [`SETTINGS`], so that there is one list of them.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use steadfast_collector::auth::{KeyKind, OrganizationId};
use steadfast_collector::config::{ConfigError, Effective, SETTINGS, Setting, Sources};

/// What is to be done, and with which configuration.
pub(crate) enum Task {
    /// Print the configuration.
    Check(Effective),
    /// Make a key.
    CreateKey(Effective, CreateKey),
    /// Run the collector.
    Serve(Effective),
}

/// Takes the reports of Steadfast's clients, and shows how a fleet is doing.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Settings come from the file, from the environment and from flags; later ones win."
)]
struct Cli {
    #[command(flatten)]
    file: ConfigFile,
    /// Prints the configuration that follows from file, environment and flags, without secrets,
    /// and ends
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    command: Option<Subcommands>,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Makes keys.
    #[command(subcommand)]
    Keys(Keys),
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// Makes a key and prints it, once. The organisation is created if there is none of that name.
    Create(CreateKey),
}

#[derive(Debug, Args)]
struct ConfigFile {
    /// A file in TOML that sets what the flags set, by the same names [env: `STEADFAST_CONFIG`]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Where keys are kept.
#[derive(Debug, Args)]
struct KeyStore {
    #[command(flatten)]
    file: ConfigFile,
    /// The database of the collector [env: `STEADFAST_DATABASE`]
    #[arg(long)]
    database: Option<String>,
}

/// A key to be made.
#[derive(Debug, Args)]
pub(crate) struct CreateKey {
    #[command(flatten)]
    store: KeyStore,
    /// Whose key it is.
    #[arg(long)]
    pub(crate) organization: OrganizationId,
    /// What it is good for.
    #[arg(long, value_enum)]
    pub(crate) kind: KeyKind,
}

/// What the command line asks for. Ends the process where it asks for help, or makes no sense.
pub(crate) fn task() -> Result<Task, ConfigError> {
    let matches = command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command {
        None => {
            let effective = Sources::read(cli.file.config, flags(&matches))?.resolve()?;
            Ok(if cli.check { Task::Check(effective) } else { Task::Serve(effective) })
        }
        Some(Subcommands::Keys(Keys::Create(create))) => {
            Ok(Task::CreateKey(create.store.effective()?, create))
        }
    }
}

impl KeyStore {
    fn effective(&self) -> Result<Effective, ConfigError> {
        let database = Setting::find("database").zip(self.database.clone());
        Sources::read(self.file.config.clone(), database)?.resolve()
    }
}

fn command() -> Command {
    Cli::command().args(SETTINGS.iter().map(|setting| {
        let help = format!("{} [env: {}]", setting.help, setting.variable());
        Arg::new(setting.name).long(setting.name).value_name(setting.value).help(help)
    }))
}

fn flags(matches: &ArgMatches) -> Vec<(&'static Setting, String)> {
    let given = |setting: &'static Setting| {
        matches.get_one::<String>(setting.name).map(|value| (setting, value.clone()))
    };
    SETTINGS.iter().filter_map(given).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }
}
