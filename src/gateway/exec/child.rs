//! One life of the command: from its start until its end, lines in and lines out.

use std::collections::HashSet;
use std::io;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, Command};
use tokio::sync::mpsc::UnboundedReceiver;

use super::answers::Answers;
use super::{ExecSpec, Handover, unreachable_outcome};
use crate::gateway::secrets::OpenSecrets;
use crate::outcome::Outcome;

/// A longer line is not an answer.
const LINE_MAX: u64 = 1024 * 1024;
/// How long the command may take to end after its stdin did.
const FAREWELL: Duration = Duration::from_secs(5);

/// The command while it lives.
pub(super) struct Child(tokio::process::Child);

/// How a life of the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It had answered something.
    AfterAnswers,
    /// It never said anything of use.
    WithoutAnswer,
}

/// Keys that were written and not answered.
type InFlight = Mutex<HashSet<String>>;

impl Child {
    pub(super) fn start(spec: &ExecSpec, secrets: &OpenSecrets) -> io::Result<Child> {
        let mut child = Command::new(&spec.program)
            .args(&spec.arguments)
            .envs(secrets.iter())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(stderr) = child.stderr.take() {
            let redactor = secrets.redactor();
            let program = spec.program.clone();
            tokio::spawn(async move {
                let mut stderr = BufReader::new(stderr);
                while let Ok(Some(line)) = next_line(&mut stderr).await {
                    let line = redactor.redact(String::from_utf8_lossy(&line).into_owned());
                    tracing::debug!(program, line, "the gateway's command says");
                }
            });
        }
        Ok(Child(child))
    }

    /// Serves messages until the command ends or nobody sends any more.
    pub(super) async fn serve(
        mut self,
        first: Handover,
        inbox: &mut UnboundedReceiver<Handover>,
        answers: &Answers,
        timeout: Duration,
    ) -> Ended {
        let stdin = self.0.stdin.take().expect("stdin is piped");
        let stdout = self.0.stdout.take().expect("stdout is piped");
        let in_flight = InFlight::default();
        let mut has_answered = false;
        {
            let reading =
                read_answers(BufReader::new(stdout), answers, &in_flight, &mut has_answered);
            let writing = write_messages(stdin, first, inbox, answers, &in_flight, timeout);
            tokio::pin!(reading, writing);
            // Both at once: a command that waits for its answers to be read must not keep us from
            // reading them while we wait for it to take messages.
            tokio::select! {
                () = &mut reading => {}
                () = &mut writing => {
                    // Its stdin is closed now; what it still has to say is worth a moment.
                    let _slow = tokio::time::timeout(FAREWELL, &mut reading).await;
                }
            }
        }
        self.bury().await;
        for key in in_flight.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let detail = "the command ended before it answered".to_owned();
            answers.settle(&key, Outcome::Ambiguous { detail });
        }
        if has_answered { Ended::AfterAnswers } else { Ended::WithoutAnswer }
    }

    /// Waits for the command's end, or makes an end of it, so that none stays behind as a zombie.
    async fn bury(&mut self) {
        if tokio::time::timeout(FAREWELL, self.0.wait()).await.is_err() {
            // An error means that it is gone already.
            let _gone = self.0.kill().await;
        }
    }
}

async fn read_answers(
    mut stdout: impl AsyncBufRead + Unpin,
    answers: &Answers,
    in_flight: &InFlight,
    has_answered: &mut bool,
) {
    while let Ok(Some(line)) = next_line(&mut stdout).await {
        match answers.take_line(&line) {
            Ok(Some(key)) => {
                *has_answered = true;
                in_flight.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            }
            Ok(None) => {}
            Err(why) => tracing::warn!(why, "passed over a line of the gateway's command"),
        }
    }
}

async fn write_messages(
    mut stdin: ChildStdin,
    first: Handover,
    inbox: &mut UnboundedReceiver<Handover>,
    answers: &Answers,
    in_flight: &InFlight,
    timeout: Duration,
) {
    let mut next = Some(first);
    while let Some(handover) = next {
        if handover.claim.take() {
            let flying = || in_flight.lock().unwrap_or_else(PoisonError::into_inner);
            flying().insert(handover.key.clone());
            let mut written = 0;
            let writing = write(&mut stdin, &handover.line, &mut written);
            // A command that has not taken a line for so long is stuck: its life ends here.
            let writing = tokio::time::timeout(timeout, writing).await;
            if let Err(error) = writing.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                if written == 0 {
                    flying().remove(&handover.key);
                    let why = format!("the command takes no messages: {error}");
                    answers.settle(&handover.key, unreachable_outcome(why, None));
                }
                return;
            }
        }
        next = inbox.recv().await;
    }
}

/// Writes a line and counts what went out, which decides what a failure means.
async fn write(stdin: &mut ChildStdin, line: &[u8], written: &mut usize) -> io::Result<()> {
    while *written < line.len() {
        *written += stdin.write(&line[*written..]).await?;
    }
    stdin.flush().await
}

/// The next line without its end; `None` at the end of the stream.
async fn next_line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if stream.take(LINE_MAX).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    if line.len() as u64 == LINE_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a line without an end"));
    }
    while line.last().is_some_and(u8::is_ascii_whitespace) {
        line.pop();
    }
    Ok(Some(line))
}
