//! Secrets: where one is kept, and reading it when it is needed and not before.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use secrecy::SecretString;
use toml::de::DeValue;

use crate::document::{Finding, Table, Value};

/// Where a secret is kept.
#[derive(Debug, Clone)]
pub enum Secret {
    /// In the config file itself.
    Value(SecretString),
    /// In a file of its own.
    File(PathBuf),
    /// In a variable of the environment, which other processes of the same user can read.
    Environment(String),
    /// In what a command prints: run by the shell when there is one word, else program and arguments.
    Command(Vec<String>),
    /// In a credential that systemd hands to the service.
    Credential(String),
}

/// Why a secret can't be read. Says where it is kept, never what it is.
#[derive(Debug, thiserror::Error)]
#[error("could not read the secret {place}: {reason}")]
pub struct SecretError {
    place: String,
    reason: String,
}

/// `from file /etc/broadcaster/wa1`: where it is kept, for `config show` and errors.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::Value(_) => f.write_str("from the config"),
            Secret::File(path) => write!(f, "from file {}", path.display()),
            Secret::Environment(name) => write!(f, "from ${name}"),
            // Its arguments could themselves be secret.
            Secret::Command(words) => {
                let program = words.iter().flat_map(|word| word.split_whitespace()).next();
                write!(f, "from command {}", program.unwrap_or_default())
            }
            Secret::Credential(name) => write!(f, "from credential {name}"),
        }
    }
}

impl Secret {
    /// Reads `{ file = "..." }` and its like; relative paths begin at `folder`.
    pub(super) fn read(value: Value<'_>, folder: &Path) -> Option<Secret> {
        if let DeValue::String(_) = value.bare() {
            value.conceal();
            let message = format!("secret `{}` does not say where it is kept", value.key());
            let finding = Finding::new("bad-secret", value.span(), message);
            let help = "write { file = \"...\" }, or { value = \"...\" } for one that stands here";
            value.report(finding.help(help.to_owned()));
            return None;
        }
        // Under a misspelled key a secret is still a secret.
        for entry in value.read::<Table<'_>>()?.entries() {
            if !["file", "env", "command", "credential"].contains(&entry.key()) {
                entry.conceal();
            }
        }
        let mut table = value.read::<Table<'_>>()?;
        let kept = [
            table.optional("value").map(|value: String| Secret::Value(value.into())),
            table.optional("file").map(|path: PathBuf| Secret::File(folder.join(path))),
            table.optional("env").map(Secret::Environment),
            table.optional("command").and_then(words).map(Secret::Command),
            table.optional("credential").map(Secret::Credential),
        ];
        let given = ["value", "file", "env", "command", "credential"];
        if given.iter().filter(|key| table.has(key)).count() != 1 {
            let finding = Finding::new("bad-secret", table.span(), "a secret is kept in one place");
            let help = "give one of `value`, `file`, `env`, `command` and `credential`".to_owned();
            table.report(finding.help(help));
        }
        table.finish();
        kept.into_iter().flatten().next()
    }

    /// Whether the config file itself holds it.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self, Secret::Value(_))
    }

    /// Fetches the secret, without the line end that editors and commands leave behind it.
    ///
    /// # Errors
    ///
    /// It is not where it should be, is empty, or is not text.
    pub fn open(&self) -> Result<SecretString, SecretError> {
        let error = |reason: String| SecretError { place: self.to_string(), reason };
        let text = match self {
            Secret::Value(secret) => return Ok(secret.clone()),
            Secret::File(path) => std::fs::read_to_string(path).map_err(describe),
            Secret::Environment(name) => {
                std::env::var(name).map_err(|_| "the variable is not set".to_owned())
            }
            Secret::Command(words) => run(words),
            Secret::Credential(name) => match std::env::var_os("CREDENTIALS_DIRECTORY") {
                Some(folder) => {
                    std::fs::read_to_string(Path::new(&folder).join(name)).map_err(describe)
                }
                None => Err("systemd hands none to this process".to_owned()),
            },
        };
        let text = text.map_err(error)?;
        let secret = text.strip_suffix('\n').unwrap_or(&text);
        let secret = secret.strip_suffix('\r').unwrap_or(secret);
        if secret.is_empty() {
            return Err(error("it is empty".to_owned()));
        }
        Ok(secret.into())
    }
}

fn words(value: Value<'_>) -> Option<Vec<String>> {
    let words = match value.bare() {
        DeValue::Array(_) => value.read::<Vec<String>>()?,
        _ => vec![value.read::<String>()?],
    };
    if words.first().is_none_or(|program| program.trim().is_empty()) {
        value.misread("there is no command");
        return None;
    }
    Some(words)
}

fn run(words: &[String]) -> Result<String, String> {
    let mut command = match words {
        [line] => {
            let mut shell = Command::new("sh");
            shell.args(["-c", line]);
            shell
        }
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        [] => return Err("there is no command".to_owned()),
    };
    // What it says on stderr is for the operator: a passphrase prompt, an error.
    let output = command.stdin(Stdio::inherit()).stderr(Stdio::inherit()).output();
    let output = output.map_err(describe)?;
    if !output.status.success() {
        return Err(format!("the command ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| "it is not UTF-8 text".to_owned())
}

fn describe(error: io::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn opened(secret: &Secret) -> Result<String, String> {
        secret.open().map(|open| open.expose_secret().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_is_fetched_without_its_last_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for (kept, secret) in
            [("abc\n", "abc"), ("abc\r\n", "abc"), ("abc\n\n", "abc\n"), (" a ", " a ")]
        {
            std::fs::write(&path, kept).unwrap();
            assert_eq!(opened(&Secret::File(path.clone())).unwrap(), secret);
        }
        let line = Secret::Command(vec!["echo abc; echo ignored >/dev/null".to_owned()]);
        assert_eq!(opened(&line).unwrap(), "abc");
        let program = Secret::Command(["printf", "%s", "a b"].map(str::to_owned).to_vec());
        assert_eq!(opened(&program).unwrap(), "a b");
    }

    #[test]
    fn a_secret_that_is_not_there_says_where_it_should_be() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("empty"), "\n").unwrap();
        for (secret, said) in [
            (Secret::File("/nowhere/token".into()), "from file /nowhere/token"),
            (Secret::File(folder.path().join("empty")), "it is empty"),
            (Secret::Environment("BROADCASTER_TEST_UNSET".to_owned()), "not set"),
            (Secret::Command(vec!["exit 3".to_owned()]), "exit status: 3"),
            (Secret::Command(vec!["/nowhere/pass".to_owned(), "x".to_owned()]), "/nowhere/pass"),
        ] {
            let error = opened(&secret).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let plain = Secret::Value("hunter2".into());
        let command = Secret::Command(vec!["pass --key hunter2".to_owned()]);
        assert!(!format!("{plain:?} {plain} {command}").contains("hunter2"));
    }
}
