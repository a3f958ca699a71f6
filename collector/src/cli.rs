//! The command line. Flags of settings come from [`SETTINGS`], so that there is one list of them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgMatches, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use steadfast_collector::auth::{KeyKind, MAX_OVERLAP, OrganizationId};
use steadfast_collector::config::{ConfigError, Effective, SETTINGS, Setting, Sources, duration};
use steadfast_collector::deletion::Deletion;

/// What is to be done, and with which configuration.
pub(crate) enum Task {
    /// Print the configuration.
    Check(Effective),
    /// Do something about organisations and keys.
    Manage(Effective, Manage),
    /// Print the `OpenAPI` document.
    PrintOpenapi,
    /// Run the collector, and read its configuration again from there when asked to.
    Serve(Effective, Origin),
}

/// Where the configuration comes from besides the environment.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    file: Option<PathBuf>,
    flags: Vec<(&'static Setting, String)>,
}

impl Origin {
    /// The configuration as it stands there now.
    pub(crate) fn read(&self) -> Result<Effective, ConfigError> {
        Sources::read(self.file.clone(), self.flags.iter().cloned())?.resolve()
    }
}

/// Takes the reports of Steadfast's clients, and shows how a fleet is doing.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Without a command the collector serves, and creates its database if there is none; \
        the commands need one that exists.\n\n\
        Settings come from the file, from the environment and from flags; later ones win. SIGHUP \
        reads the file again: rules of alerts, retention, limits by address and of new sessions, \
        limits of connections, the scrape key and the limit of the shutdown change at once, all \
        other settings at the next start."
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
    /// Deletes a session, a user's sessions or an organisation, with everything that is stored of them.
    #[command(subcommand)]
    Delete(Delete),
    /// Makes, lists, replaces and revokes keys.
    #[command(subcommand)]
    Keys(Keys),
    /// Prints the document of the API that `GET /v1/openapi.json` answers with, and ends.
    Openapi,
    /// Makes and lists organisations.
    #[command(subcommand)]
    Organizations(Organizations),
}

#[derive(Debug, Subcommand)]
enum Delete {
    /// Deletes an organisation with its sessions, reports, figures, alerts and keys.
    Organization {
        #[command(flatten)]
        of: OfOrganization,
        /// The name of the organisation once more, as a confirmation.
        #[arg(long, value_name = "ORGANIZATION")]
        confirm: String,
    },
    /// Deletes a session with its reports. If it reports again, it begins anew.
    Session {
        #[command(flatten)]
        of: OfOrganization,
        /// The id of the session.
        #[arg(long, value_name = "ID")]
        session: String,
    },
    /// Deletes the sessions of a user with their reports.
    User {
        #[command(flatten)]
        of: OfOrganization,
        /// The id of the user.
        #[arg(long, value_name = "ID")]
        user: String,
    },
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// Makes a key and prints it, once. The organisation is created if there is none of that name.
    Create(CreateKey),
    /// Lists the keys of an organisation, and what they may; the keys themselves nobody knows.
    List(OfOrganization),
    /// Lets a key be good no longer, on all collectors.
    Revoke(OneKey),
    /// Makes a key in the place of another, which stays good for a while, and prints it, once.
    Rotate(RotateKey),
}

#[derive(Debug, Subcommand)]
enum Organizations {
    /// Makes an organisation.
    Create(OfOrganization),
    /// Lists all organisations.
    List(KeyStore),
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
    /// The database of the collector, which has to exist [env: `STEADFAST_DATABASE`]
    #[arg(long)]
    database: Option<String>,
}

/// What is to be done about organisations and keys.
pub(crate) enum Manage {
    CreateKey(CreateKey),
    CreateOrganization(OrganizationId),
    Delete { organization: OrganizationId, confirm: Option<String>, deletion: Deletion },
    ListKeys(OrganizationId),
    ListOrganizations,
    RevokeKey(OneKey),
    RotateKey(RotateKey),
}

/// An organisation.
#[derive(Debug, Args)]
pub(crate) struct OfOrganization {
    #[command(flatten)]
    store: KeyStore,
    /// The name of the organisation.
    #[arg(long)]
    pub(crate) organization: OrganizationId,
}

/// A key to be made.
#[derive(Debug, Args)]
pub(crate) struct CreateKey {
    #[command(flatten)]
    pub(crate) of: OfOrganization,
    /// What it is good for.
    #[arg(long, value_enum)]
    pub(crate) kind: KeyKind,
    /// What people call it, such as the program that uses it; at most 100 bytes
    #[arg(long, default_value = "", value_name = "NAME", hide_default_value = true)]
    pub(crate) name: String,
    /// An origin whose pages may use it, such as <https://app.example>; may be given several
    /// times. Without, pages of any origin may
    #[arg(long = "origin", value_name = "ORIGIN")]
    pub(crate) origins: Vec<String>,
    /// The most requests in a minute, 1 to 10000000. By default 60000 for a publishable key and
    /// 6000 for the others
    #[arg(long, value_name = "COUNT")]
    pub(crate) per_minute: Option<u32>,
}

/// A key that there is.
#[derive(Debug, Args)]
pub(crate) struct OneKey {
    #[command(flatten)]
    pub(crate) of: OfOrganization,
    /// Its id, as it is listed: `key_` and 16 digits.
    #[arg(long, value_name = "ID")]
    pub(crate) key: String,
}

/// A key to be replaced.
#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    #[command(flatten)]
    pub(crate) old: OneKey,
    /// How long the old key stays good, such as 0s, 90min or 7d; at most 90d
    #[arg(long, default_value = "24h", value_name = "DURATION", value_parser = overlap)]
    pub(crate) overlap: Duration,
}

fn overlap(text: &str) -> Result<Duration, String> {
    duration(text, Duration::ZERO..=MAX_OVERLAP)
        .ok_or_else(|| "allowed is 0s to 90d, as a whole number and ms, s, min, h or d".to_owned())
}

/// What the command line asks for. Ends the process where it asks for help, or makes no sense.
pub(crate) fn task() -> Result<Task, ConfigError> {
    let matches = command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command {
        None => {
            let origin = Origin { file: cli.file.config, flags: flags(&matches) };
            let effective = origin.read()?;
            Ok(if cli.check { Task::Check(effective) } else { Task::Serve(effective, origin) })
        }
        Some(Subcommands::Delete(delete)) => delete.task(),
        Some(Subcommands::Keys(keys)) => keys.task(),
        Some(Subcommands::Openapi) => Ok(Task::PrintOpenapi),
        Some(Subcommands::Organizations(organizations)) => organizations.task(),
    }
}

impl Delete {
    fn task(self) -> Result<Task, ConfigError> {
        let (of, confirm, deletion) = match self {
            Self::Organization { of, confirm } => (of, Some(confirm), Deletion::Organization),
            Self::Session { of, session } => (of, None, Deletion::Session(session)),
            Self::User { of, user } => (of, None, Deletion::User(user)),
        };
        let organization = of.organization;
        let what = Manage::Delete { organization, confirm, deletion };
        Ok(Task::Manage(of.store.effective()?, what))
    }
}

impl Keys {
    fn task(self) -> Result<Task, ConfigError> {
        let of = match &self {
            Self::Create(create) => &create.of,
            Self::List(of) => of,
            Self::Revoke(key) => &key.of,
            Self::Rotate(rotate) => &rotate.old.of,
        };
        let effective = of.store.effective()?;
        let what = match self {
            Self::Create(create) => Manage::CreateKey(create),
            Self::List(of) => Manage::ListKeys(of.organization),
            Self::Revoke(key) => Manage::RevokeKey(key),
            Self::Rotate(rotate) => Manage::RotateKey(rotate),
        };
        Ok(Task::Manage(effective, what))
    }
}

impl Organizations {
    fn task(self) -> Result<Task, ConfigError> {
        Ok(match self {
            Self::Create(of) => {
                Task::Manage(of.store.effective()?, Manage::CreateOrganization(of.organization))
            }
            Self::List(store) => Task::Manage(store.effective()?, Manage::ListOrganizations),
        })
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
