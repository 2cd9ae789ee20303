//! Record and replay: every request to a language model with its answer, in one file.
//!
//! With the cassette of a run, the run can be repeated byte for byte without a call, taken up again after it was killed,
//! and given to others. A request is found by its [`Key`]; the first answer to it stays. No key of a service is ever
//! stored: a [`Record`] is what was asked and what was answered, and has no place for one.
//!
//! The file is an SQLite database in WAL mode. Threads and processes may write to it at once, and a process that is killed
//! loses no [`Cassette::put`] that returned: what it had not yet moved into the file stands in the `-wal` beside it, which
//! the next to open it takes in. Whoever closes it last leaves one file. Each answer carries a checksum, so that a
//! damaged file gives an error and never another answer.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, TransactionBehavior};
use serde::{Deserialize, Serialize};

/// Marks a file as a cassette, in the header of the database.
const APPLICATION: i32 = i32::from_be_bytes(*b"t2id");

/// Version of the table below.
const FORMAT: i32 = 1;

/// What is long stands last: what is counted is read without it.
const TABLE: &str = "CREATE TABLE answers (
    key BLOB NOT NULL PRIMARY KEY,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    prompt_hash TEXT NOT NULL,
    checksum BLOB NOT NULL,
    parameters TEXT NOT NULL,
    messages TEXT NOT NULL,
    answer TEXT NOT NULL
) STRICT";

const GET: &str =
    "SELECT key, model, kind, prompt_hash, checksum, parameters, messages, answer FROM answers WHERE key = ?";
const ALL: &str =
    "SELECT key, model, kind, prompt_hash, checksum, parameters, messages, answer FROM answers ORDER BY key";
const PUT: &str =
    "INSERT OR IGNORE INTO answers (key, model, kind, prompt_hash, checksum, parameters, messages, answer)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
const SUMMARY: &str = "SELECT model, kind, prompt_hash, count(*) FROM answers GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

/// How long to wait for others that write.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to sleep where SQLite does not wait itself.
const NAP: Duration = Duration::from_millis(10);

/// What a request is found by: BLAKE3 of model, endpoint kind, parameters and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; blake3::OUT_LEN]);

impl Key {
    /// The key of a request. Two requests that differ anywhere have different keys.
    pub fn of(model: &str, kind: &str, parameters: &str, messages: &str) -> Self {
        Self(hash([model, kind, parameters, messages].map(str::as_bytes)))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

/// BLAKE3 of parts, the length before each: none runs into the next.
fn hash<const N: usize>(parts: [&[u8]; N]) -> [u8; blake3::OUT_LEN] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    *hasher.finalize().as_bytes()
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The model that was asked.
    pub model: String,
    /// The kind of endpoint it was asked at.
    pub kind: String,
    /// What else was said with the messages (temperature, seed, schema), as JSON.
    pub parameters: String,
    /// What was asked, as JSON.
    pub messages: String,
    /// What tells the prompt from its other versions.
    pub prompt_hash: String,
    /// What came back, as JSON.
    pub answer: String,
}

impl Record {
    fn checksum(&self, key: &Key) -> [u8; blake3::OUT_LEN] {
        let Self { model, kind, parameters, messages, prompt_hash, answer } = self;
        let [model, kind, parameters, messages, prompt_hash, answer] =
            [model, kind, parameters, messages, prompt_hash, answer].map(String::as_bytes);
        hash([&key.0, model, kind, parameters, messages, prompt_hash, answer])
    }
}

/// How many answers a cassette has of a model, an endpoint kind and a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelSummary {
    /// The model that was asked.
    pub model: String,
    /// The kind of endpoint it was asked at.
    pub kind: String,
    /// What tells the prompt from its other versions.
    pub prompt_hash: String,
    /// How many answers there are.
    pub answers: u64,
}

/// Why a cassette cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file.
    #[error("there is no cassette `{}`", path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// There is no folder to create it in.
    #[error("there is no folder `{}`", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// Another database, no database at all, or a damaged cassette.
    #[error("`{}` is no cassette, or a damaged one", path.display())]
    NotACassette {
        /// The file.
        path: PathBuf,
    },
    /// A later version of term2id wrote it.
    #[error("`{}` was written by a later version of term2id", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// It is to be written to, and may be read only.
    #[error("`{}` may be read only", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("cannot use the cassette `{}`", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What the file system or the database says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Whoever was given the records could not take them.
    #[error("cannot export the cassette `{}`", path.display())]
    Export {
        /// The file.
        path: PathBuf,
        /// What went wrong there.
        #[source]
        source: io::Error,
    },
}

/// Requests and their answers in a file. A clone is the same cassette.
#[derive(Clone)]
pub struct Cassette {
    shared: Arc<Shared>,
}

struct Shared {
    /// As it was given.
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cassette").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Cassette {
    /// Opens the cassette at `path` to read and write; where there is no file, or an empty one, it becomes one.
    ///
    /// # Errors
    /// Where the file is no cassette or cannot be written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |error| failed(path, error);
        if !is_there(path)? {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                return Err(Error::NoFolder { path: folder.to_owned() });
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = connect(&place(path)?, flags).map_err(failed)?;
        let mut content = patiently(|| Content::of(&connection)).map_err(failed)?;
        if connection.is_readonly("main").map_err(failed)? {
            // What is wrong with the file comes first.
            content.check(path)?;
            return Err(Error::ReadOnly { path: path.to_owned() });
        }
        if content == Content::Nothing {
            content = patiently(|| begin(&mut connection)).map_err(failed)?;
        }
        content.check(path)?;
        // A file system without shared memory keeps another mode, which is as safe and slower.
        patiently(|| connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))).map_err(failed)?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
        Ok(Self::new(path, connection))
    }

    /// Opens a cassette that exists, and never creates one. It may lie where nothing can be written.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none; else where the file is no cassette or cannot be read.
    pub fn open_existing(path: &Path) -> Result<Self, Error> {
        if !is_there(path)? {
            return Err(Error::NotFound { path: path.to_owned() });
        }
        let place = place(path)?;
        let open = |place: &Path, flags| -> rusqlite::Result<(Connection, Content)> {
            let connection = connect(place, flags)?;
            let content = patiently(|| Content::of(&connection))?;
            Ok((connection, content))
        };
        // SQLite takes what may not be written as read-only by itself. In a folder that may not be written it finds no
        // room for the memory that processes share; what nobody can change needs none.
        let opened = open(&place, OpenFlags::SQLITE_OPEN_READ_WRITE).or_else(|error| match error.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure) if !has_log(&place) => {
                open(Path::new(&unchanging(&place)), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
            }
            _ => Err(error),
        });
        let (connection, content) = opened.map_err(|error| failed(path, error))?;
        content.check(path)?;
        Ok(Self::new(path, connection))
    }

    /// A cassette of one's own, on disk as far as it does not fit into memory, which vanishes with its last clone.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn temporary() -> Result<Self, Error> {
        let path = Path::new("(temporary)");
        let failed = |error| failed(path, error);
        // SQLite's name for it is the empty one.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = connect(Path::new(""), flags).map_err(failed)?;
        begin(&mut connection).map_err(failed)?.check(path)?;
        Ok(Self::new(path, connection))
    }

    fn new(path: &Path, connection: Connection) -> Self {
        Self { shared: Arc::new(Shared { path: path.to_owned(), connection: Mutex::new(connection) }) }
    }

    /// The answer to the request of this key, if there is one.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn get(&self, key: &Key) -> Result<Option<Record>, Error> {
        let connection = self.connection();
        let read = || connection.query_row(GET, [key.0.as_slice()], row).optional();
        let found = read().map_err(|error| self.failed(error))?;
        found.map(|row| self.verified(row)).transpose().map(|found| found.map(|(_, record)| record))
    }

    /// Keeps the answer to a request and says whether it does: where there is one already, that one stays. What is kept when
    /// this returns outlives the process, however it ends.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn put(&self, key: &Key, record: &Record) -> Result<bool, Error> {
        let Record { model, kind, parameters, messages, prompt_hash, answer } = record;
        let checksum = record.checksum(key);
        let values = (key.0.as_slice(), model, kind, prompt_hash, checksum.as_slice(), parameters, messages, answer);
        let put = self.connection().execute(PUT, values);
        put.map(|rows| rows > 0).map_err(|error| self.failed(error))
    }

    /// Hands all records to `each`, in the order of their keys, which is the same whoever wrote first. `each` must not use
    /// this cassette.
    ///
    /// # Errors
    /// [`Error::Export`] where `each` fails; else where the file cannot be read.
    pub fn for_each(&self, each: &mut dyn FnMut(&Key, &Record) -> io::Result<()>) -> Result<(), Error> {
        let connection = self.connection();
        let failed = |error| self.failed(error);
        let mut statement = connection.prepare(ALL).map_err(failed)?;
        for row in statement.query_map([], row).map_err(failed)? {
            let (key, record) = self.verified(row.map_err(failed)?)?;
            each(&key, &record).map_err(|source| Error::Export { path: self.shared.path.clone(), source })?;
        }
        Ok(())
    }

    /// How many answers there are, by model, endpoint kind and prompt, in this order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn summary(&self) -> Result<Vec<ModelSummary>, Error> {
        let connection = self.connection();
        let read = || -> rusqlite::Result<Vec<ModelSummary>> {
            let row = |row: &Row<'_>| {
                let answers = row.get::<_, i64>(3)?.cast_unsigned();
                Ok(ModelSummary { model: row.get(0)?, kind: row.get(1)?, prompt_hash: row.get(2)?, answers })
            };
            connection.prepare(SUMMARY)?.query_map([], row)?.collect()
        };
        read().map_err(|error| self.failed(error))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // Who panicked while he held it left a database as it was before or after.
        self.shared.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verified(&self, (key, record, checksum): Stored) -> Result<(Key, Record), Error> {
        if record.checksum(&key) == checksum {
            Ok((key, record))
        } else {
            Err(Error::NotACassette { path: self.shared.path.clone() })
        }
    }

    fn failed(&self, error: rusqlite::Error) -> Error {
        failed(&self.shared.path, error)
    }
}

/// A record as it lies in the file, its checksum not yet compared.
type Stored = (Key, Record, [u8; blake3::OUT_LEN]);

fn row(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let record = Record {
        model: row.get(1)?,
        kind: row.get(2)?,
        prompt_hash: row.get(3)?,
        parameters: row.get(5)?,
        messages: row.get(6)?,
        answer: row.get(7)?,
    };
    Ok((Key(row.get(0)?), record, row.get(4)?))
}

/// What a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Cassette,
    Newer,
    Other,
    /// Nothing was ever written to it.
    Nothing,
}

impl Content {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        // One transaction, so that all is of one moment.
        let moment = connection.unchecked_transaction()?;
        let number = |pragma| moment.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
        let (application, format) = (number("application_id")?, number("user_version")?);
        let tables: i64 = moment.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let table = |statement| match moment.prepare(statement) {
            Ok(_) => Ok(Self::Cassette),
            // No such table, no such column.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => Ok(Self::Other),
            Err(error) => Err(error),
        };
        match (application, format) {
            (APPLICATION, FORMAT) => table(ALL),
            (APPLICATION, format) if format > FORMAT => Ok(Self::Newer),
            (0, 0) if tables == 0 => Ok(Self::Nothing),
            _ => Ok(Self::Other),
        }
    }

    fn check(self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Cassette => Ok(()),
            Self::Newer => Err(Error::Newer { path: path.to_owned() }),
            Self::Other | Self::Nothing => Err(Error::NotACassette { path: path.to_owned() }),
        }
    }
}

/// Makes an empty database a cassette, unless someone else was faster; says what it is then.
fn begin(connection: &mut Connection) -> rusqlite::Result<Content> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        transaction.execute_batch(TABLE)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    transaction.commit()?;
    Content::of(connection)
}

fn connect(place: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(place, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    // A file that others made may not have functions run.
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Whether there is a file, which something else of that name is an error for. It is not opened: closing it again would
/// take this process's locks away from under SQLite.
fn is_there(path: &Path) -> Result<bool, Error> {
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(_) => Err(Error::NotACassette { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(Error::Store { path: path.to_owned(), source: source.into() }),
    }
}

/// Where the file is, from the root on: SQLite takes `file:x`, `:memory:` and the empty name for something else.
fn place(path: &Path) -> Result<PathBuf, Error> {
    fs_err::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .map_err(|source| Error::Store { path: path.to_owned(), source: source.into() })
}

/// Whether something stands beside the database that belongs into it.
fn has_log(place: &Path) -> bool {
    ["-wal", "-journal"].iter().any(|ending| {
        let mut name = place.as_os_str().to_owned();
        name.push(ending);
        fs_err::metadata(PathBuf::from(name)).is_ok_and(|metadata| metadata.len() > 0)
    })
}

/// SQLite's address of a file that nobody changes while it is read.
fn unchanging(place: &Path) -> String {
    let mut address = "file:".to_owned();
    for &byte in place.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            address.push(char::from(byte));
        } else {
            write!(address, "%{byte:02X}").expect("a string takes everything");
        }
    }
    address + "?immutable=1"
}

/// Tries again while others are in the way: who changes the journal's mode or closes as the last one is not waited for by
/// SQLite itself.
fn patiently<T>(mut attempt: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(error)
                if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
                    && start.elapsed() < PATIENCE =>
            {
                std::thread::sleep(NAP);
            }
            outcome => return outcome,
        }
    }
}

fn failed(path: &Path, error: rusqlite::Error) -> Error {
    let path = path.to_owned();
    match error {
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => Error::NotACassette { path },
        error => match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Error::NotACassette { path },
            _ => Error::Store { path, source: error.into() },
        },
    }
}

#[cfg(test)]
mod tests;
