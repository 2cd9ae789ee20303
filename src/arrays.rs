//! Named arrays of numbers and strings in one file: written once, memory-mapped ever after.
//!
//! The file is a safetensors file. Its layout is checked when it is opened, so that reading a slice is a bound check
//! and a cast; whether the *values* make sense is for the checksum in the manifest to say.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytemuck::Pod;
use memmap2::Mmap;
use safetensors::tensor::{Dtype, View};
use safetensors::{SafeTensorError, SafeTensors};

/// Why a file of arrays could not be written or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system said no.
    #[error("cannot access `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Not a safetensors file, or a damaged one.
    #[error("`{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        #[source]
        source: SafeTensorError,
    },
    /// An array that should be there is missing or of another type.
    #[error("`{}` has no array `{array}` of the expected type", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// The array.
        array: String,
    },
}

/// A type of number that an array can hold.
pub trait Number: Pod {
    /// Its name in the file.
    const DTYPE: Dtype;
}

macro_rules! numbers {
    ($($number:ty => $dtype:ident),*) => { $(impl Number for $number { const DTYPE: Dtype = Dtype::$dtype; })* };
}
numbers!(u8 => U8, i8 => I8, u16 => U16, u32 => U32, u64 => U64, f32 => F32, half::f16 => F16);

/// Arrays to be written together.
#[derive(Default)]
pub struct Writer {
    arrays: Vec<(String, Pending)>,
}

struct Pending {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for &Pending {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Writer {
    /// Adds a one-dimensional array.
    pub fn numbers<T: Number>(&mut self, name: &str, values: &[T]) {
        self.rows(name, values, 1);
    }

    /// Adds a two-dimensional array of rows of `width` values.
    pub fn rows<T: Number>(&mut self, name: &str, values: &[T], width: usize) {
        let shape = if width == 1 { vec![values.len()] } else { vec![values.len() / width, width] };
        let bytes = bytemuck::cast_slice(values).to_vec();
        self.arrays.push((name.to_owned(), Pending { dtype: T::DTYPE, shape, bytes }));
    }

    /// Adds strings: their bytes one after the other, and where each ends.
    pub fn strings<'a>(&mut self, name: &str, strings: impl IntoIterator<Item = &'a str>) {
        let (mut bytes, mut ends) = (Vec::new(), vec![0_u64]);
        for string in strings {
            bytes.extend_from_slice(string.as_bytes());
            ends.push(bytes.len() as u64);
        }
        self.numbers(&format!("{name}.ends"), &ends);
        self.numbers(&format!("{name}.bytes"), &bytes);
    }

    /// Writes everything to `path`.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let views = self.arrays.iter().map(|(name, array)| (name.as_str(), array));
        safetensors::serialize_to_file(views, None, path).map_err(|source| match source {
            SafeTensorError::IoError(source) => Error::Io { path: path.to_owned(), source },
            source => Error::Damaged { path: path.to_owned(), source },
        })
    }
}

/// Maps a file into memory. What is mapped stays as it is when the file is replaced or removed.
pub fn map(path: &Path) -> Result<Arc<Mmap>, Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let file = fs_err::File::open(path).map_err(io)?;
    #[expect(
        unsafe_code,
        reason = "files of an index or a model are replaced, never changed in place, so the bytes stay as they are"
    )]
    let map = unsafe { Mmap::map(file.file()) }.map_err(io)?;
    Ok(Arc::new(map))
}

/// An opened file of arrays.
pub struct Arrays {
    path: PathBuf,
    map: Arc<Mmap>,
}

impl Arrays {
    /// Maps the file and checks its layout.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let map = map(path)?;
        SafeTensors::deserialize(&map).map_err(|source| Error::Damaged { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), map })
    }

    /// The array `name`.
    pub fn numbers<T: Number>(&self, name: &str) -> Result<Array<T>, Error> {
        let missing = || Error::Array { path: self.path.clone(), array: name.to_owned() };
        let tensors =
            SafeTensors::deserialize(&self.map).map_err(|source| Error::Damaged { path: self.path.clone(), source })?;
        let view = tensors.tensor(name).map_err(|_| missing())?;
        if view.dtype() != T::DTYPE {
            return Err(missing());
        }
        let width = view.shape().get(1).copied().unwrap_or(1);
        let start = view.data().as_ptr() as usize - self.map.as_ptr() as usize;
        let range = start..start + view.data().len();
        bytemuck::try_cast_slice::<u8, T>(&self.map[range.clone()]).map_err(|_| missing())?;
        Ok(Array { map: Arc::clone(&self.map), range, width, number: PhantomData })
    }

    /// The strings `name`.
    pub fn strings(&self, name: &str) -> Result<Strings, Error> {
        let missing = || Error::Array { path: self.path.clone(), array: name.to_owned() };
        let ends: Array<u64> = self.numbers(&format!("{name}.ends"))?;
        let bytes: Array<u8> = self.numbers(&format!("{name}.bytes"))?;
        let ordered = ends.first() == Some(&0) && ends.is_sorted() && ends.last() == Some(&(bytes.len() as u64));
        let text = str::from_utf8(&bytes).map_err(|_| missing())?;
        if !ordered || !ends.iter().all(|&end| usize::try_from(end).is_ok_and(|end| text.is_char_boundary(end))) {
            return Err(missing());
        }
        Ok(Strings { ends, bytes })
    }
}

/// A memory-mapped array; dereferences to a slice. Cheap to clone.
#[derive(Clone)]
pub struct Array<T> {
    map: Arc<Mmap>,
    range: Range<usize>,
    width: usize,
    number: PhantomData<T>,
}

impl<T: Pod> Array<T> {
    /// Values a row; 1 for a one-dimensional array.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The values of one row.
    pub fn row(&self, row: usize) -> &[T] {
        &self[row * self.width..][..self.width]
    }
}

impl<T: Pod> Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        bytemuck::cast_slice(&self.map[self.range.clone()])
    }
}

/// Memory-mapped strings.
#[derive(Clone)]
pub struct Strings {
    ends: Array<u64>,
    bytes: Array<u8>,
}

impl Strings {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The string at `position`.
    ///
    /// # Panics
    /// Where there is no such position.
    pub fn get(&self, position: usize) -> &str {
        let to_usize = |end: u64| usize::try_from(end).expect("checked when opened");
        let range = to_usize(self.ends[position])..to_usize(self.ends[position + 1]);
        str::from_utf8(&self.bytes[range]).expect("checked when opened")
    }

    /// All strings in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|position| self.get(position))
    }

    /// Where `text` stands among strings that were written sorted.
    pub fn binary_search(&self, text: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let mut writer = Writer::default();
        writer.numbers("small", &[1_u8, 2, 3]);
        writer.rows("rows", &[1.0_f32, 2.0, 3.0, 4.0], 2);
        writer.strings("words", ["alpha", "", "ω"]);
        writer.write(&path).unwrap();
        let arrays = Arrays::open(&path).unwrap();
        assert_eq!(*arrays.numbers::<u8>("small").unwrap(), [1, 2, 3]);
        assert_eq!(*arrays.numbers::<f32>("rows").unwrap().row(1), [3.0, 4.0]);
        let words = arrays.strings("words").unwrap();
        assert_eq!(words.iter().collect::<Vec<_>>(), ["alpha", "", "ω"]);
        assert_eq!(words.binary_search("ω"), Some(2));
        assert_eq!(words.binary_search("beta"), None);
    }

    #[test]
    fn an_array_of_another_type_or_name_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let mut writer = Writer::default();
        writer.numbers("small", &[1_u8]);
        writer.write(&path).unwrap();
        let arrays = Arrays::open(&path).unwrap();
        assert!(matches!(arrays.numbers::<u32>("small"), Err(Error::Array { .. })));
        assert!(matches!(arrays.numbers::<u8>("other"), Err(Error::Array { .. })));
    }

    #[test]
    fn a_truncated_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let mut writer = Writer::default();
        writer.numbers("small", &[1_u64, 2, 3]);
        writer.write(&path).unwrap();
        let bytes = fs_err::read(&path).unwrap();
        for length in 0..bytes.len() {
            fs_err::write(&path, &bytes[..length]).unwrap();
            assert!(Arrays::open(&path).is_err(), "{length} of {} bytes", bytes.len());
        }
    }
}
