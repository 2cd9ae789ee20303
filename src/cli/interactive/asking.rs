//! A model is asked while keys are still obeyed: on a thread of its own, several questions at once.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::normalize::{Normalization, Normalizer};
use crate::retrieve::Mention;

/// What is under way when the user leaves is given so long.
const FAREWELL: Duration = Duration::from_secs(1);

/// Questions, told apart by their numbers, and their answers.
pub(super) struct Asking {
    questions: Option<UnboundedSender<(u64, Mention)>>,
    answers: Receiver<(u64, Normalization)>,
    thread: Option<JoinHandle<()>>,
}

impl Asking {
    /// Prepares to ask `normalizer`.
    pub(super) fn new(normalizer: Normalizer) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (questions, asked) = unbounded_channel();
        let (answered, answers) = channel();
        let thread = std::thread::Builder::new().name("asking".to_owned()).spawn(move || {
            runtime.block_on(answer_all(normalizer, asked, answered));
            runtime.shutdown_timeout(FAREWELL);
        })?;
        Ok(Self { questions: Some(questions), answers, thread: Some(thread) })
    }

    /// Asks; nothing is waited for.
    pub(super) fn ask(&self, number: u64, mention: Mention) {
        if let Some(questions) = &self.questions {
            // Nobody takes it where the thread has panicked, which is told.
            let _ = questions.send((number, mention));
        }
    }

    /// An answer that has come, if there is one.
    pub(super) fn answered(&self) -> Option<(u64, Normalization)> {
        self.answers.try_recv().ok()
    }
}

impl Drop for Asking {
    /// What was answered is kept before the user is gone; what was not is given up.
    fn drop(&mut self) {
        self.questions = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers each question in its own time, until no more can come.
async fn answer_all(
    normalizer: Normalizer,
    mut questions: UnboundedReceiver<(u64, Mention)>,
    answers: Sender<(u64, Normalization)>,
) {
    while let Some((number, mention)) = questions.recv().await {
        let (normalizer, answers) = (normalizer.clone(), answers.clone());
        tokio::spawn(async move {
            let answer = normalizer.normalize(mention).await;
            // Nobody takes it who has left.
            let _ = answers.send((number, answer));
        });
    }
}
