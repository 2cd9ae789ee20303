//! Downloads that survive a cut connection: bytes go to `<name>.part`, and only a whole file gets its name.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err as fs;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderName, IF_RANGE, LAST_MODIFIED, RANGE};
use reqwest::{Client, Response, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::Progress;
use crate::ontology::Error;

const CONNECT_TIMEOUT_SECONDS: u64 = 15;
const READ_TIMEOUT_SECONDS: u64 = 60;
/// How often a connection may be cut without one new byte before a download is given up.
const FRUITLESS_TRIES: u32 = 3;
const PAUSE_MILLISECONDS: u64 = 300;

/// What a server said of the file it sends, kept beside it: a part is only continued with bytes of the same release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    url: String,
    #[serde(default)]
    etag: Option<String>,
    #[serde(default)]
    modified: Option<String>,
}

impl Origin {
    fn of(url: &str, response: &Response) -> Self {
        Self { url: url.to_owned(), etag: header(response, &ETAG), modified: header(response, &LAST_MODIFIED) }
    }

    fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// What `If-Range` may name: a strong tag, else the date.
    fn validator(&self) -> Option<&str> {
        self.etag.as_deref().filter(|tag| !tag.starts_with("W/")).or(self.modified.as_deref())
    }
}

/// The places of one download.
pub(super) struct Target<'a> {
    pub(super) url: &'a str,
    pub(super) folder: &'a Path,
    pub(super) name: &'a str,
}

impl Target<'_> {
    /// The file once it is whole.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(self.name)
    }

    /// The day the server says the kept file was changed last, as `2024-10-18`.
    pub(super) fn modified(&self) -> Option<String> {
        day(&Origin::read(&self.beside("json"))?.modified?)
    }

    /// Makes sure the file is there: keeps the one that is, unless `refresh`; else downloads it, from where an earlier
    /// try was cut.
    pub(super) fn ensure(&self, refresh: bool, progress: Progress<'_>) -> Result<(), Error> {
        if !refresh && self.path().is_file() {
            return Ok(());
        }
        let lock_path = self.beside("lock");
        let write = |path: &Path, source| Error::Write { path: path.to_owned(), source };
        fs::create_dir_all(self.folder).map_err(|source| write(self.folder, source))?;
        let lock = fs::File::create(&lock_path).map_err(|source| write(&lock_path, source))?;
        // Two processes must not write one part; the second waits and finds the file.
        lock.lock().map_err(|source| write(&lock_path, source))?;
        if !refresh && self.path().is_file() {
            return Ok(());
        }
        // A thread of its own, so that it also works where the caller runs inside another runtime.
        std::thread::scope(|scope| scope.spawn(|| self.run(progress)).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        for (from, to) in [("part", None), ("part.json", Some("json"))] {
            let (from, to) = (self.beside(from), to.map_or_else(|| self.path(), |ending| self.beside(ending)));
            fs::rename(&from, &to).map_err(|source| write(&to, source))?;
        }
        Ok(())
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.name))
    }

    fn run(&self, progress: Progress<'_>) -> Result<(), Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| Error::Runtime { source })?;
        runtime.block_on(self.try_often(progress))
    }

    async fn try_often(&self, progress: Progress<'_>) -> Result<(), Error> {
        let path = self.beside("part");
        let mut part = open_part(&path).map_err(|source| Error::Write { path: path.clone(), source })?;
        let client = self.client()?;
        let mut furthest = length(&part);
        let mut fruitless = 0;
        loop {
            let error = match self.attempt(&client, &mut part, progress).await {
                Ok(true) => {
                    part.sync_all().map_err(|source| Error::Write { path, source })?;
                    return Ok(());
                }
                // The part belongs to another release and was emptied.
                Ok(false) => continue,
                Err(error) => error,
            };
            let grown = length(&part) > furthest;
            furthest = furthest.max(length(&part));
            fruitless = if grown { 1 } else { fruitless + 1 };
            if !is_cut(&error) || fruitless >= FRUITLESS_TRIES {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(PAUSE_MILLISECONDS)).await;
        }
    }

    fn client(&self) -> Result<Client, Error> {
        let host = Url::parse(self.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let is_local = host.is_some_and(|host| matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]"));
        let builder = Client::builder()
            .user_agent(concat!("term2id/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(CONNECT_TIMEOUT_SECONDS))
            .read_timeout(Duration::from_secs(READ_TIMEOUT_SECONDS));
        // A proxy knows nothing of this machine's own servers.
        let builder = if is_local { builder.no_proxy() } else { builder };
        builder.build().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: reqwest::Error) -> Error {
        Error::Download { url: self.url.to_owned(), source: source.without_url() }
    }

    /// One request and its answer, written behind what `part` holds; `false` where it has to be asked for from the
    /// start.
    async fn attempt(&self, client: &Client, part: &mut fs::File, progress: Progress<'_>) -> Result<bool, Error> {
        let have = length(part);
        let origin_path = self.beside("part.json");
        let origin = Origin::read(&origin_path).filter(|origin| have > 0 && origin.url == self.url);
        let validator = origin.as_ref().and_then(Origin::validator);

        let mut request = client.get(self.url).header(ACCEPT_ENCODING, "identity");
        if let Some(validator) = validator {
            request = request.header(RANGE, format!("bytes={have}-")).header(IF_RANGE, validator);
        }
        let mut response = request.send().await.map_err(|source| self.failed(source))?;
        let write = |source| Error::Write { path: self.beside("part"), source };
        let range = header(&response, &CONTENT_RANGE).and_then(|range| ContentRange::parse(&range));
        let (mut done, total) = match (response.status(), range) {
            (StatusCode::OK, _) => {
                restart(part).map_err(write)?;
                let origin = serde_json::to_vec(&Origin::of(self.url, &response)).expect("strings are valid JSON");
                fs::write(&origin_path, origin).map_err(|source| Error::Write { path: origin_path.clone(), source })?;
                (0, response.content_length())
            }
            (StatusCode::PARTIAL_CONTENT, Some(range)) if validator.is_some() && range.start == Some(have) => {
                (have, range.total)
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(range)) if range.total == Some(have) => return Ok(true),
            (StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE, _) if validator.is_some() => {
                restart(part).map_err(write)?;
                return Ok(false);
            }
            (status, _) => return Err(Error::Status { url: self.url.to_owned(), status: status.as_u16() }),
        };
        progress(done, total);
        while let Some(chunk) = response.chunk().await.map_err(|source| self.failed(source))? {
            part.write_all(&chunk).map_err(write)?;
            done += chunk.len() as u64;
            progress(done, total);
        }
        match total {
            Some(expected) if expected != done => {
                if done > expected {
                    restart(part).map_err(write)?;
                }
                Err(Error::Incomplete { url: self.url.to_owned(), expected, received: done })
            }
            _ => Ok(true),
        }
    }
}

/// Whether trying again may bring the rest; an answer such as 404 or a server that cannot be reached is final.
fn is_cut(error: &Error) -> bool {
    match error {
        Error::Download { source, .. } => !source.is_connect() && !source.is_builder() && !source.is_redirect(),
        Error::Incomplete { expected, received, .. } => received < expected,
        _ => false,
    }
}

/// Opens what an earlier try left, to write behind it.
fn open_part(path: &Path) -> std::io::Result<fs::File> {
    let mut part = fs::OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
    part.seek(SeekFrom::End(0)).map(|_| part)
}

fn restart(part: &mut fs::File) -> std::io::Result<()> {
    part.set_len(0)?;
    part.seek(SeekFrom::Start(0)).map(|_| ())
}

fn length(part: &fs::File) -> u64 {
    part.metadata().map_or(0, |metadata| metadata.len())
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// `bytes 100-199/200`, `bytes 100-199/*` or `bytes */200`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ContentRange {
    start: Option<u64>,
    total: Option<u64>,
}

impl ContentRange {
    fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
        let start = range.split_once('-').and_then(|(start, _)| start.trim().parse().ok());
        Some(Self { start, total: total.trim().parse().ok() })
    }
}

/// `2015-10-21` of `Wed, 21 Oct 2015 07:28:00 GMT`.
fn day(http_date: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = http_date.split_once(", ")?.1.split(' ');
    let day: u8 = words.next()?.parse().ok()?;
    let month_name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == month_name)? + 1;
    let year: u16 = words.next()?.parse().ok()?;
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests;
