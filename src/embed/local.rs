//! An ONNX sentence encoder on this machine, run by fastembed: a folder, or a model of fastembed's catalogue.
//!
//! The ONNX Runtime library is loaded while running and once a process: the first one opened serves all models.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use fastembed::{
    EmbeddingModel, InitOptionsUserDefined, QuantizationMode, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel,
};
use ort::environment::Environment;
use serde_json::{Value, json};

use super::{Embedder, Error, Pooling, folder, runtime, scale_to_unit};

/// Texts of similar length that run at once; more only fills the processor's caches.
const BATCH_SIZE: usize = 32;
/// Names are short, and this is what the usual encoders can take.
const LONGEST_TOKENS: usize = 512;

/// What [`LocalEmbedder::open`] needs to know beside the model.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The ONNX Runtime library; searched for where there is none.
    pub runtime: Option<PathBuf>,
    /// Where to search before the usual places: folders of libraries, Python environments or `site-packages`.
    pub runtime_folders: Vec<PathBuf>,
    /// Where models of the catalogue are kept.
    pub cache: PathBuf,
    /// Where models of the catalogue are fetched from instead of the usual place.
    pub hub: Option<String>,
    /// How its vectors are pooled. Where it is not given, the catalogue says so, or the folder's
    /// `1_Pooling/config.json`, else the folder's name (families known to use the first token), else it is the mean.
    pub pooling: Option<Pooling>,
    /// Threads of the model; as many as there are cores where it is not given.
    pub threads: Option<usize>,
    /// Whether a download shows a progress bar on standard error.
    pub progress: bool,
}

/// An embedder that runs an ONNX model.
pub struct LocalEmbedder {
    id: String,
    name: String,
    dimensions: usize,
    /// 1 where the model scales each batch by its extremes, which would make a vector depend on its neighbours.
    batch_size: usize,
    model: Mutex<TextEmbedding>,
    /// The tokenizer spreads its work with rayon. A caller's own rayon thread would, while it waits, take up another
    /// text and wait for the model that it holds itself; in here nothing waits.
    thread: rayon::ThreadPool,
}

impl LocalEmbedder {
    /// Opens `model`, a folder or a name of the catalogue; a folder wins.
    ///
    /// A folder holds `model.onnx` (or `onnx/model.onnx`; weights beside it in `model.onnx_data`), `tokenizer.json`,
    /// `config.json`, `tokenizer_config.json` and, where there is one, `special_tokens_map.json`. Its identity is its
    /// name and what is in it, so that it may move.
    ///
    /// # Errors
    /// Where there is no such model, a file of it or the ONNX Runtime is missing, or it does not run.
    pub fn open(model: &str, options: &Options) -> Result<Self, Error> {
        let place = Path::new(model);
        let (files, environment) = if place.is_dir() {
            let files = Files::read_folder(place, options)?;
            (files, open_runtime(options)?)
        } else if let Some(known) = in_catalogue(model) {
            // The runtime first: it is missing more often, and looking takes less time than a download.
            let environment = open_runtime(options)?;
            (Files::fetch(&known, options)?, environment)
        } else if model.contains(['/', '\\']) || model.starts_with(['.', '~']) {
            return Err(folder::missing(place));
        } else {
            return Err(Error::UnknownModel { given: model.to_owned() });
        };

        let threads = options.threads.map_or_else(std::thread::available_parallelism, |threads| {
            Ok(std::num::NonZero::new(threads).unwrap_or(std::num::NonZero::<usize>::MIN))
        });
        let name = files.name.clone();
        let fails = |source| Error::Model { model: name.clone(), source };
        let id = format!("fastembed:{name}#{}", files.fingerprint());
        let batch_size = if files.is_dynamic { 1 } else { BATCH_SIZE };
        let settings = InitOptionsUserDefined::new()
            .with_environment(environment)
            .with_max_length(LONGEST_TOKENS)
            .with_intra_threads(threads.map_or(1, std::num::NonZero::get))
            // Threads that wait by spinning take the cores from whatever else runs: on a busy machine two were slower
            // than one.
            .with_session_config("session.intra_op.allow_spinning", "0");
        let model = TextEmbedding::try_new_from_user_defined(files.into_model(), settings)
            .map_err(|error| fails(Box::new(error)))?;
        let thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(|error| fails(Box::new(error)))?;
        let mut embedder = Self { id, name: name.clone(), dimensions: 0, batch_size, model: Mutex::new(model), thread };
        embedder.dimensions = embedder.run(&["term"])?.first().map_or(0, Vec::len);
        if embedder.dimensions == 0 {
            return Err(Error::Vector { model: name });
        }
        Ok(embedder)
    }

    fn run(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        self.thread.install(|| {
            let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
            let vectors = model.embed(texts, None);
            vectors.map_err(|error| Error::Model { model: self.name.clone(), source: Box::new(error) })
        })
    }
}

impl Embedder for LocalEmbedder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        // Texts of one length together: a batch is as slow as its longest text.
        let mut order: Vec<usize> = (0..texts.len()).filter(|&at| !texts[at].trim().is_empty()).collect();
        order.sort_by_key(|&at| texts[at].len());
        let mut vectors = vec![Vec::new(); texts.len()];
        for places in order.chunks(self.batch_size) {
            let batch: Vec<&str> = places.iter().map(|&at| texts[at]).collect();
            let made = self.run(&batch)?;
            if made.len() != batch.len() {
                return Err(Error::Vector { model: self.name.clone() });
            }
            for (&at, mut vector) in places.iter().zip(made) {
                if vector.len() != self.dimensions || !vector.iter().all(|value| value.is_finite()) {
                    return Err(Error::Vector { model: self.name.clone() });
                }
                scale_to_unit(&mut vector);
                vectors[at] = vector;
            }
        }
        for vector in &mut vectors {
            vector.resize(self.dimensions, 0.0);
        }
        Ok(vectors)
    }
}

/// A model's files, read.
struct Files {
    name: String,
    onnx: Vec<u8>,
    weights: Vec<(String, Vec<u8>)>,
    tokenizer: TokenizerFiles,
    pooling: Option<fastembed::Pooling>,
    is_dynamic: bool,
    output: Option<fastembed::OutputKey>,
}

impl Files {
    fn read_folder(place: &Path, options: &Options) -> Result<Self, Error> {
        let read = |name: &str| folder::read(place, name);
        let below = if place.join("model.onnx").exists() { "" } else { "onnx/" };
        let onnx = match read(&format!("{below}model.onnx")) {
            Err(Error::ModelFile { source, .. }) => {
                return Err(Error::ModelFile { path: place.join("model.onnx"), source });
            }
            read => read?,
        };
        let mut weights = Vec::new();
        for name in ["model.onnx_data", "model.onnx.data"] {
            if place.join(below).join(name).exists() {
                weights.push((name.to_owned(), read(&format!("{below}{name}"))?));
            }
        }
        let tokenizer = TokenizerFiles {
            tokenizer_file: read("tokenizer.json")?,
            config_file: read("config.json")?,
            special_tokens_map_file: read("special_tokens_map.json").unwrap_or_else(|_| b"{}".to_vec()),
            tokenizer_config_file: read("tokenizer_config.json")?,
        };
        let name = folder::name_of(place);
        let pooling = of_fastembed(folder::pooling(place, options.pooling));
        let is_dynamic = memchr::memmem::find(&onnx, b"DynamicQuantizeLinear").is_some();
        Ok(Self { name, onnx, weights, tokenizer, pooling: Some(pooling), is_dynamic, output: None })
    }

    /// From the cache, or else from the network into the cache.
    fn fetch(model: &EmbeddingModel, options: &Options) -> Result<Self, Error> {
        let name = model.to_string();
        let fails = |source| Error::Download { model: name.clone(), source };
        let info = TextEmbedding::get_model_info(model).map_err(|error| fails(Box::new(error)))?;
        let mut hub = hf_hub::api::sync::ApiBuilder::from_cache(hf_hub::Cache::new(options.cache.clone()))
            .with_progress(options.progress)
            .with_retries(2);
        if let Some(address) = &options.hub {
            hub = hub.with_endpoint(address.clone());
        }
        let repository = hub.build().map_err(|error| fails(Box::new(error)))?.model(info.model_code.clone());
        let read = |file: &str| {
            let path = repository.get(file).map_err(|error| fails(Box::new(error)))?;
            fs_err::read(&path).map_err(|source| Error::ModelFile { path, source })
        };
        let onnx = read(&info.model_file)?;
        let mut weights = Vec::new();
        for file in &info.additional_files {
            let name = file.rsplit('/').next().unwrap_or(file);
            weights.push((name.to_owned(), read(file)?));
        }
        let tokenizer = TokenizerFiles {
            tokenizer_file: read("tokenizer.json")?,
            config_file: read("config.json")?,
            special_tokens_map_file: read("special_tokens_map.json")?,
            tokenizer_config_file: read("tokenizer_config.json")?,
        };
        Ok(Self {
            onnx,
            weights,
            tokenizer,
            pooling: options.pooling.map(of_fastembed).or_else(|| TextEmbedding::get_default_pooling_method(model)),
            is_dynamic: TextEmbedding::get_quantization_mode(model) == QuantizationMode::Dynamic,
            output: info.output_key.clone(),
            name: name.clone(),
        })
    }

    /// Of everything that a vector depends on.
    fn fingerprint(&self) -> String {
        let tokenizer = &self.tokenizer;
        let parts = [
            &self.onnx,
            &tokenizer.tokenizer_file,
            &tokenizer.config_file,
            &tokenizer.special_tokens_map_file,
            &tokenizer.tokenizer_config_file,
        ];
        let weights = self.weights.iter().map(|(_, weights)| weights);
        folder::fingerprint(parts.into_iter().chain(weights).map(Vec::as_slice), &self.pooling)
    }

    fn into_model(mut self) -> UserDefinedEmbeddingModel {
        self.tokenizer.tokenizer_config_file = complete(&self.tokenizer);
        let mut model = UserDefinedEmbeddingModel::new(self.onnx, self.tokenizer);
        for (name, weights) in self.weights {
            model = model.with_external_initializer(name, weights);
        }
        model.pooling = self.pooling;
        model.output_key = self.output;
        model
    }
}

/// `tokenizer_config.json` with the two entries fastembed insists on, which older models leave elsewhere (`SapBERT`).
fn complete(files: &TokenizerFiles) -> Vec<u8> {
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let Ok(Value::Object(mut tokenizer)) = serde_json::from_slice(&files.tokenizer_config_file) else {
        return files.tokenizer_config_file.clone();
    };
    if !tokenizer.get("model_max_length").is_some_and(Value::is_number) {
        let longest = parse(&files.config_file)["max_position_embeddings"].as_u64().unwrap_or(LONGEST_TOKENS as u64);
        tokenizer.insert("model_max_length".to_owned(), json!(longest));
    }
    if tokenizer.get("pad_token").is_none_or(Value::is_null) {
        let padding = match &parse(&files.special_tokens_map_file)["pad_token"] {
            Value::Null => json!("[PAD]"),
            padding => padding.clone(),
        };
        tokenizer.insert("pad_token".to_owned(), padding);
    }
    Value::Object(tokenizer).to_string().into_bytes()
}

const fn of_fastembed(pooling: Pooling) -> fastembed::Pooling {
    match pooling {
        Pooling::Cls => fastembed::Pooling::Cls,
        Pooling::Mean => fastembed::Pooling::Mean,
    }
}

/// A model by fastembed's name for it (`AllMiniLML6V2`) or its name on the hub (`BAAI/bge-small-en-v1.5`).
fn in_catalogue(name: &str) -> Option<EmbeddingModel> {
    if let Ok(model) = name.parse() {
        return Some(model);
    }
    let mut models = TextEmbedding::list_supported_models();
    models.retain(|info| info.model_code.eq_ignore_ascii_case(name));
    // Some share a repository; the one that is not quantized is meant then.
    let is_quantized = |model: &EmbeddingModel| TextEmbedding::get_quantization_mode(model) != QuantizationMode::None;
    models.sort_by_cached_key(|info| (is_quantized(&info.model), info.model.to_string()));
    models.into_iter().next().map(|info| info.model)
}

/// The one environment of this process. Kept for good: ONNX Runtime allows no second one.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Loads ONNX Runtime where that has not been done. Left to itself, ort panics where there is none.
fn open_runtime(options: &Options) -> Result<Environment, Error> {
    let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*environment {
        return Ok(environment.clone());
    }
    let libraries = match &options.runtime {
        Some(path) => vec![path.clone()],
        None => runtime::find(&options.runtime_folders),
    };
    let mut first_error = None;
    for path in libraries {
        match load(&path) {
            Ok(loaded) => return Ok(environment.insert(loaded).clone()),
            Err(source) => {
                first_error.get_or_insert(Error::Runtime { path, source });
            }
        }
    }
    Err(first_error.unwrap_or(Error::RuntimeMissing))
}

fn load(library: &Path) -> Result<Environment, Box<dyn std::error::Error + Send + Sync>> {
    // ort looks for a relative path beside the program, people mean the working folder.
    let environment = ort::init_from(std::path::absolute(library)?)?
        .with_name("term2id")
        .with_telemetry(false)
        // What goes wrong comes back as an error; the library itself has nothing to say on standard error.
        .with_logger(Arc::new(|_, _, _, _, _| {}))
        .build()?;
    environment.set_log_level(ort::logging::LogLevel::Error);
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(model: &str, options: &Options) -> Error {
        LocalEmbedder::open(model, options).err().expect("there is no such model")
    }

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            fs_err::write(folder.path().join(file), "{}").unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let message = failure("./no/such/folder", &Options::default()).to_string();
        assert_eq!(message, "cannot read `./no/such/folder` of the model folder");
    }

    #[test]
    fn a_name_that_is_not_in_the_catalogue_is_named() {
        let message = failure("MiniBert", &Options::default()).to_string();
        assert_eq!(message, "`MiniBert` is neither a folder nor a model of the catalogue");
    }

    #[test]
    fn a_missing_file_of_a_folder_is_named() {
        let files = ["model.onnx", "tokenizer.json", "config.json", "tokenizer_config.json"];
        for missing in files {
            let present: Vec<&str> = files.into_iter().filter(|file| *file != missing).collect();
            let folder = folder_with(&present);
            let Error::ModelFile { path, .. } = failure(&folder.path().to_string_lossy(), &Options::default()) else {
                panic!("{missing} is missing");
            };
            assert_eq!(path, folder.path().join(missing));
        }
    }

    #[test]
    fn a_library_that_is_no_onnx_runtime_is_an_error_with_advice() {
        let folder = folder_with(&["model.onnx", "tokenizer.json", "config.json", "tokenizer_config.json"]);
        for library in ["config.json", "missing.so"] {
            let options = Options { runtime: Some(folder.path().join(library)), ..Options::default() };
            let error = failure(&folder.path().to_string_lossy(), &options);
            assert!(matches!(error, Error::Runtime { .. }), "{error:?}");
            assert!(error.to_string().contains("pip install --upgrade onnxruntime"), "{error}");
        }
    }

    #[test]
    fn models_of_the_catalogue_have_two_names() {
        assert_eq!(in_catalogue("allminilml6v2"), Some(EmbeddingModel::AllMiniLML6V2));
        assert_eq!(in_catalogue("Qdrant/all-MiniLM-L6-v2-onnx"), Some(EmbeddingModel::AllMiniLML6V2));
        assert_eq!(in_catalogue("nomic-ai/nomic-embed-text-v1.5"), Some(EmbeddingModel::NomicEmbedTextV15));
        assert_eq!(in_catalogue("sapbert"), None);
    }

    #[test]
    fn what_an_older_tokenizer_configuration_lacks_is_filled_in() {
        let files = TokenizerFiles {
            tokenizer_file: Vec::new(),
            config_file: br#"{"max_position_embeddings": 256}"#.to_vec(),
            special_tokens_map_file: br#"{"pad_token": "<pad>"}"#.to_vec(),
            tokenizer_config_file: br#"{"do_lower_case": true}"#.to_vec(),
        };
        let completed: Value = serde_json::from_slice(&complete(&files)).unwrap();
        assert_eq!(completed, json!({"do_lower_case": true, "model_max_length": 256, "pad_token": "<pad>"}));
    }

    #[test]
    fn the_fingerprint_tells_models_and_pooling_apart() {
        let folder = folder_with(&["model.onnx", "tokenizer.json", "config.json", "tokenizer_config.json"]);
        let fingerprint = |pooling| {
            let options = Options { pooling, ..Options::default() };
            Files::read_folder(folder.path(), &options).unwrap().fingerprint()
        };
        let mean = fingerprint(Some(Pooling::Mean));
        assert_eq!(mean, fingerprint(None));
        assert_ne!(mean, fingerprint(Some(Pooling::Cls)));
        fs_err::write(folder.path().join("model.onnx"), "{ }").unwrap();
        assert_ne!(mean, fingerprint(None));
    }
}
