//! Finished vectors on disk, so that a build that broke off asks and pays only for what is missing.
//!
//! A header, then records of one length: the hash of what was embedded, the vector, a checksum. The file only grows; a
//! last record that was torn is cut off when it is opened again.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use fs_err::File;

const MAGIC: &[u8; 8] = b"t2id.emb";
const FORMAT: u32 = 1;
const HEADER_BYTES: u64 = 16;
const CHECKSUM_BYTES: usize = 8;

/// What tells one embedded text from another.
pub(super) type Hash = [u8; blake3::OUT_LEN];

pub(super) struct Kept {
    file: File,
    dimensions: usize,
    offsets: HashMap<Hash, u64>,
    end: u64,
}

impl Kept {
    /// Opens or starts the file at `path`; one of another format or length of vectors is started again.
    pub(super) fn open(path: &Path, dimensions: usize) -> std::io::Result<Self> {
        let file = fs_err::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut kept = Self { file, dimensions, offsets: HashMap::new(), end: 0 };
        let mut reader = BufReader::new(&mut kept.file);
        let mut header = [0; 16];
        if reader.read_exact(&mut header).is_err() || header != header_of(dimensions) {
            kept.clear()?;
            return Ok(kept);
        }
        let mut end = HEADER_BYTES;
        let mut record = vec![0; record_bytes(dimensions)];
        // Any failure to read counts as the end: what cannot be read back is asked for again.
        while reader.read_exact(&mut record).is_ok() && is_whole(&record) {
            kept.offsets.insert(hash_of(&record), end);
            end += record.len() as u64;
        }
        kept.end = end;
        kept.file.set_len(end)?;
        Ok(kept)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) -> std::io::Result<()> {
        self.offsets.clear();
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&header_of(self.dimensions))?;
        self.end = HEADER_BYTES;
        Ok(())
    }

    pub(super) fn get(&mut self, hash: &Hash) -> std::io::Result<Option<Vec<f32>>> {
        let Some(&offset) = self.offsets.get(hash) else { return Ok(None) };
        let mut record = vec![0; record_bytes(self.dimensions)];
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(&mut record)?;
        // Should somebody else have written to the file meanwhile, the vector counts as missing.
        if !is_whole(&record) || hash_of(&record) != *hash {
            return Ok(None);
        }
        let values = &record[blake3::OUT_LEN..record.len() - CHECKSUM_BYTES];
        Ok(Some(values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
    }

    pub(super) fn add<'a>(&mut self, vectors: impl Iterator<Item = (Hash, &'a [f32])>) -> std::io::Result<()> {
        let mut records = Vec::new();
        let mut hashes = Vec::new();
        for (hash, vector) in vectors {
            let start = records.len();
            records.extend(hash);
            records.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
            let checksum = blake3::hash(&records[start..]);
            records.extend(&checksum.as_bytes()[..CHECKSUM_BYTES]);
            hashes.push((hash, self.end + start as u64));
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&records)?;
        self.end += records.len() as u64;
        self.offsets.extend(hashes);
        Ok(())
    }
}

fn header_of(dimensions: usize) -> [u8; 16] {
    let mut header = [0; 16];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    header[12..].copy_from_slice(&u32::try_from(dimensions).unwrap_or(u32::MAX).to_le_bytes());
    header
}

fn record_bytes(dimensions: usize) -> usize {
    blake3::OUT_LEN + dimensions * size_of::<f32>() + CHECKSUM_BYTES
}

fn is_whole(record: &[u8]) -> bool {
    let (content, checksum) = record.split_at(record.len() - CHECKSUM_BYTES);
    blake3::hash(content).as_bytes().starts_with(checksum)
}

fn hash_of(record: &[u8]) -> Hash {
    *record.first_chunk().expect("a record begins with a hash")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> Hash {
        *blake3::hash(text.as_bytes()).as_bytes()
    }

    fn two_vectors() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("embeddings.part");
        let mut kept = Kept::open(&path, 2).unwrap();
        kept.add([(hash("a"), &[1.0, 0.0][..]), (hash("b"), &[0.0, 1.0][..])].into_iter()).unwrap();
        (folder, path)
    }

    #[test]
    fn what_was_kept_is_found_when_opened_again() {
        let (_folder, path) = two_vectors();
        let mut kept = Kept::open(&path, 2).unwrap();
        assert_eq!(kept.get(&hash("b")).unwrap(), Some(vec![0.0, 1.0]));
        assert_eq!(kept.get(&hash("c")).unwrap(), None);
    }

    #[test]
    fn a_file_cut_anywhere_keeps_its_whole_records_and_goes_on() {
        let (_folder, path) = two_vectors();
        let whole = fs_err::read(&path).unwrap();
        for length in 0..whole.len() {
            fs_err::write(&path, &whole[..length]).unwrap();
            let mut kept = Kept::open(&path, 2).unwrap();
            let first_is_whole = length >= 16 + record_bytes(2);
            assert_eq!(kept.get(&hash("a")).unwrap().is_some(), first_is_whole, "cut at {length}");
            assert_eq!(kept.get(&hash("b")).unwrap(), None);
            kept.add(std::iter::once((hash("b"), &[0.6, 0.8][..]))).unwrap();
            let mut kept = Kept::open(&path, 2).unwrap();
            assert_eq!(kept.get(&hash("b")).unwrap(), Some(vec![0.6, 0.8]), "cut at {length}");
        }
    }

    #[test]
    fn an_altered_record_is_not_believed() {
        let (_folder, path) = two_vectors();
        let mut bytes = fs_err::read(&path).unwrap();
        let last = bytes.len() - 10;
        bytes[last] ^= 1;
        fs_err::write(&path, bytes).unwrap();
        let mut kept = Kept::open(&path, 2).unwrap();
        assert_eq!(kept.get(&hash("a")).unwrap(), Some(vec![1.0, 0.0]));
        assert_eq!(kept.get(&hash("b")).unwrap(), None);
    }

    #[test]
    fn vectors_of_another_length_are_forgotten() {
        let (_folder, path) = two_vectors();
        assert_eq!(Kept::open(&path, 3).unwrap().get(&hash("a")).unwrap(), None);
    }
}
