//! A BERT encoder from a Hugging Face folder with safetensors, run by candle: no export step, no library to find.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{Model as _, Tokenizer, TruncationParams};

use super::{Embedder, Error, Pooling, folder, scale_to_unit};

/// Texts of similar length that run at once.
const BATCH_SIZE: usize = 32;
/// Names are short, and this is what the usual encoders can take.
const LONGEST_TOKENS: usize = 512;

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";
const TOKENIZER: &str = "tokenizer.json";
const VOCABULARY: &str = "vocab.txt";

/// An embedder that runs a BERT model on the processor, in single precision.
pub struct BertEmbedder {
    id: String,
    name: String,
    dimensions: usize,
    tokenizer: Tokenizer,
    model: BertModel,
    pooling: Pooling,
}

/// What `config.json` says, as far as a vector depends on it. Older files leave out what was usual.
#[derive(Deserialize)]
#[serde(default)]
struct Settings {
    model_type: String,
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: String,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f64,
    position_embedding_type: String,
}

impl Default for Settings {
    fn default() -> Self {
        let usual = Config::default();
        Self {
            model_type: String::new(),
            vocab_size: usual.vocab_size,
            hidden_size: usual.hidden_size,
            num_hidden_layers: usual.num_hidden_layers,
            num_attention_heads: usual.num_attention_heads,
            intermediate_size: usual.intermediate_size,
            hidden_act: "gelu".to_owned(),
            max_position_embeddings: usual.max_position_embeddings,
            type_vocab_size: usual.type_vocab_size,
            layer_norm_eps: usual.layer_norm_eps,
            position_embedding_type: "absolute".to_owned(),
        }
    }
}

impl Settings {
    /// Candle's form of it.
    fn config(&self, path: &Path) -> Result<Config, Error> {
        let refuse = |setting, found: &dyn ToString, known| {
            Err(Error::Unsupported { path: path.to_owned(), setting, found: found.to_string(), known })
        };
        if self.model_type != "bert" {
            return refuse("model_type", &self.model_type, "`bert`");
        }
        if self.position_embedding_type != "absolute" {
            return refuse("position_embedding_type", &self.position_embedding_type, "`absolute`");
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) || self.num_attention_heads == 0 {
            return refuse("num_attention_heads", &self.num_attention_heads, "a divisor of hidden_size");
        }
        let hidden_act = match self.hidden_act.as_str() {
            "gelu" => HiddenAct::Gelu,
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => HiddenAct::GeluApproximate,
            "relu" => HiddenAct::Relu,
            other => return refuse("hidden_act", &other, "`gelu`, `gelu_new`, `relu`"),
        };
        Ok(Config {
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            num_hidden_layers: self.num_hidden_layers,
            num_attention_heads: self.num_attention_heads,
            intermediate_size: self.intermediate_size,
            hidden_act,
            max_position_embeddings: self.max_position_embeddings,
            type_vocab_size: self.type_vocab_size,
            layer_norm_eps: self.layer_norm_eps,
            ..Config::default()
        })
    }
}

impl BertEmbedder {
    /// Opens a folder with `config.json`, `model.safetensors` and `tokenizer.json`, or `vocab.txt` where there is none.
    /// Its identity is its name and what is in it, so that it may move. Where no pooling is given, the folder's
    /// `1_Pooling/config.json` says so, else its name (families known to use the first token), else it is the mean.
    ///
    /// # Errors
    /// Where a file is missing or damaged, or the model is no BERT.
    pub fn open(place: &Path, pooling: Option<Pooling>) -> Result<Self, Error> {
        if !place.is_dir() {
            return Err(folder::missing(place));
        }
        let name = folder::name_of(place);
        let fails = |source| Error::Model { model: name.clone(), source };

        let config_path = place.join(CONFIG);
        let config_file = folder::read(place, CONFIG)?;
        let settings: Settings = serde_json::from_slice(&config_file)
            .map_err(|error| Error::ModelSyntax { path: config_path.clone(), source: Box::new(error) })?;
        let config = settings.config(&config_path)?;

        let weights_path = place.join(WEIGHTS);
        let weights = crate::arrays::map(&weights_path).map_err(|error| match error {
            crate::arrays::Error::Io { path, source } => Error::ModelFile { path, source },
            other => Error::Arrays(other),
        })?;
        let (mut tokenizer, tokenizer_files) = open_tokenizer(place)?;
        // A tokenizer is often saved with padding and a limit for whole paragraphs.
        let max_length = LONGEST_TOKENS.min(config.max_position_embeddings).max(3);
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(TruncationParams { max_length, ..TruncationParams::default() }))
            .map_err(fails)?;

        let parameters = VarBuilder::from_slice_safetensors(&weights, DType::F32, &Device::Cpu)
            .map_err(|error| Error::ModelSyntax { path: weights_path, source: Box::new(error) })?;
        // A model saved with its training head has its names one level deeper.
        let is_deeper = parameters.contains_tensor("bert.embeddings.word_embeddings.weight");
        let parameters = if is_deeper { parameters.pp("bert") } else { parameters };
        let model = BertModel::load(parameters, &Config { model_type: None, ..config.clone() })
            .map_err(|error| fails(Box::new(error)))?;

        let pooling = folder::pooling(place, pooling);
        let parts = [&config_file[..], &weights[..]].into_iter().chain(tokenizer_files.iter().map(Vec::as_slice));
        let id = format!("bert:{name}#{}", folder::fingerprint(parts, pooling));
        let embedder = Self { id, dimensions: config.hidden_size, tokenizer, model, pooling, name };
        embedder.embed(&["term"])?;
        Ok(embedder)
    }

    /// Token identifiers with those of `[CLS]` and `[SEP]` around them; none of a blank text.
    fn tokens(&self, text: &str) -> Result<Vec<u32>, Error> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let encoding = self.tokenizer.encode_fast(text, true);
        let encoding = encoding.map_err(|source| Error::Model { model: self.name.clone(), source })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// A vector for each of a batch's texts, of any length.
    fn run(&self, batch: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>> {
        let longest = batch.iter().map(|tokens| tokens.len()).max().unwrap_or(0);
        let shape = (batch.len(), longest);
        // What is padded with does not matter: the mask keeps every other token from seeing it.
        let padded = |values: &dyn Fn(usize, usize) -> u32| -> Vec<u32> {
            (0..batch.len()).flat_map(|row| (0..longest).map(move |at| values(row, at))).collect()
        };
        let tokens = padded(&|row, at| batch[row].get(at).copied().unwrap_or(0));
        let mask = padded(&|row, at| u32::from(at < batch[row].len()));
        let tokens = Tensor::from_vec(tokens, shape, &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        let hidden = self.model.forward(&tokens, &tokens.zeros_like()?, Some(&mask))?.flatten_all()?;
        let hidden = hidden.to_vec1::<f32>()?;
        let rows = hidden.chunks_exact(longest * self.dimensions);
        Ok(rows.zip(batch).map(|(row, tokens)| self.pool(&row[..tokens.len() * self.dimensions])).collect())
    }

    /// One vector of length 1 of the vectors of a text's tokens.
    fn pool(&self, tokens: &[f32]) -> Vec<f32> {
        let mut pooled = vec![0.0; self.dimensions];
        let taken = match self.pooling {
            Pooling::Cls => &tokens[..self.dimensions],
            Pooling::Mean => tokens,
        };
        for token in taken.chunks_exact(self.dimensions) {
            pooled.iter_mut().zip(token).for_each(|(sum, value)| *sum += value);
        }
        scale_to_unit(&mut pooled);
        pooled
    }
}

impl Embedder for BertEmbedder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        let tokens: Vec<Vec<u32>> = texts.iter().map(|text| self.tokens(text)).collect::<Result<_, _>>()?;
        // Texts of one length together: a batch is as slow as its longest text.
        let mut order: Vec<usize> = (0..texts.len()).filter(|&at| !tokens[at].is_empty()).collect();
        order.sort_by_key(|&at| tokens[at].len());
        let batches = order.par_chunks(BATCH_SIZE).map(|places| {
            let batch: Vec<&[u32]> = places.iter().map(|&at| &tokens[at][..]).collect();
            self.run(&batch).map_err(|error| Error::Model { model: self.name.clone(), source: Box::new(error) })
        });
        let batches: Vec<Vec<Vec<f32>>> = batches.collect::<Result<_, _>>()?;
        let mut vectors = vec![Vec::new(); texts.len()];
        for (&at, vector) in order.iter().zip(batches.into_iter().flatten()) {
            if !vector.iter().all(|value| value.is_finite()) {
                return Err(Error::Vector { model: self.name.clone() });
            }
            vectors[at] = vector;
        }
        for vector in &mut vectors {
            vector.resize(self.dimensions, 0.0);
        }
        Ok(vectors)
    }
}

/// The folder's tokenizer, and the files it was made from.
fn open_tokenizer(place: &Path) -> Result<(Tokenizer, Vec<Vec<u8>>), Error> {
    let syntax = |file: &str| {
        let path = place.join(file);
        move |source| Error::ModelSyntax { path, source }
    };
    if place.join(TOKENIZER).exists() || !place.join(VOCABULARY).exists() {
        let file = folder::read(place, TOKENIZER)?;
        return Ok((Tokenizer::from_bytes(&file).map_err(syntax(TOKENIZER))?, vec![file]));
    }
    let vocabulary = folder::read(place, VOCABULARY)?;
    let words = WordPiece::read_bytes(&vocabulary).map_err(syntax(VOCABULARY))?;
    let words = WordPiece::builder().vocab(words).unk_token("[UNK]".to_owned()).build().map_err(syntax(VOCABULARY))?;
    let special = |token: &'static str| match words.token_to_id(token) {
        Some(id) => Ok((token.to_owned(), id)),
        None => Err(Error::Vocabulary { path: place.join(VOCABULARY), token }),
    };
    special("[UNK]")?;
    let around = BertProcessing::new(special("[SEP]")?, special("[CLS]")?);
    let settings_file = folder::read(place, "tokenizer_config.json").unwrap_or_default();
    let settings: Value = serde_json::from_slice(&settings_file).unwrap_or_default();
    let normalizer = BertNormalizer::new(
        true,
        settings["tokenize_chinese_chars"].as_bool().unwrap_or(true),
        settings["strip_accents"].as_bool(),
        settings["do_lower_case"].as_bool().unwrap_or(true),
    );
    let mut tokenizer = Tokenizer::new(words);
    tokenizer.with_normalizer(Some(normalizer)).map_err(syntax(VOCABULARY))?;
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer)).with_post_processor(Some(around));
    Ok((tokenizer, vec![vocabulary, settings_file]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use safetensors::tensor::{Dtype, TensorView};

    use super::*;

    const WORDS: [&str; 14] = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "big", "hand", "##s", "heart", "attack", "of", "the", "low", "blood",
        "sugar",
    ];
    const HIDDEN: usize = 32;
    const TEXTS: [&str; 4] = ["big hands", "heart", "", "low blood sugar of the heart and of the big hands"];

    /// A random model of two layers; what its files are called before the last part of their names is `prefix`.
    fn model(prefix: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut random = fastrand::Rng::with_seed(7);
        let mut tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
        let mut add = |name: &str, shape: &[usize], around: f32| {
            let values = (0..shape.iter().product()).flat_map(|_| (around + random.f32() - 0.5).to_le_bytes());
            tensors.insert(format!("{prefix}{name}"), (shape.to_vec(), values.collect()));
        };
        for (name, rows) in [("word", WORDS.len()), ("position", 16), ("token_type", 2)] {
            add(&format!("embeddings.{name}_embeddings.weight"), &[rows, HIDDEN], 0.0);
        }
        let layers = ["encoder.layer.0", "encoder.layer.1"];
        let norms = layers.iter().flat_map(|layer| [format!("{layer}.attention.output"), format!("{layer}.output")]);
        for place in norms.chain(["embeddings".to_owned()]) {
            add(&format!("{place}.LayerNorm.weight"), &[HIDDEN], 1.0);
            add(&format!("{place}.LayerNorm.bias"), &[HIDDEN], 0.0);
        }
        for layer in layers {
            for (place, output, input) in [
                ("attention.self.query", HIDDEN, HIDDEN),
                ("attention.self.key", HIDDEN, HIDDEN),
                ("attention.self.value", HIDDEN, HIDDEN),
                ("attention.output.dense", HIDDEN, HIDDEN),
                ("intermediate.dense", 64, HIDDEN),
                ("output.dense", HIDDEN, 64),
            ] {
                add(&format!("{layer}.{place}.weight"), &[output, input], 0.0);
                add(&format!("{layer}.{place}.bias"), &[output], 0.0);
            }
        }
        let views = tensors
            .iter()
            .map(|(name, (shape, bytes))| (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
        safetensors::serialize_to_file(views, None, &folder.path().join(WEIGHTS)).unwrap();
        let config = serde_json::json!({
            "model_type": "bert", "hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": 2,
            "intermediate_size": 64, "vocab_size": WORDS.len(), "max_position_embeddings": 16,
        });
        fs_err::write(folder.path().join(CONFIG), config.to_string()).unwrap();
        fs_err::write(folder.path().join(VOCABULARY), WORDS.join("\n")).unwrap();
        folder
    }

    fn open(folder: &tempfile::TempDir, pooling: Pooling) -> BertEmbedder {
        BertEmbedder::open(folder.path(), Some(pooling)).unwrap()
    }

    fn failure(folder: &tempfile::TempDir) -> Error {
        BertEmbedder::open(folder.path(), None).err().expect("something is wrong with it")
    }

    fn cosine(left: &[f32], right: &[f32]) -> f32 {
        left.iter().zip(right).map(|(left, right)| left * right).sum()
    }

    #[test]
    fn vectors_have_length_one_and_that_of_a_blank_text_is_of_zeros() {
        for pooling in [Pooling::Cls, Pooling::Mean] {
            let embedder = open(&model(""), pooling);
            assert_eq!(embedder.dimensions(), HIDDEN);
            for (text, vector) in TEXTS.iter().zip(embedder.embed(&TEXTS).unwrap()) {
                assert_eq!(vector.len(), HIDDEN);
                let expected = if text.is_empty() { 0.0 } else { 1.0 };
                assert!((cosine(&vector, &vector) - expected).abs() < 1e-5, "{text}");
            }
            assert!(embedder.embed(&[]).unwrap().is_empty());
        }
    }

    #[test]
    fn a_text_has_one_vector_whatever_it_is_batched_with() {
        for pooling in [Pooling::Cls, Pooling::Mean] {
            let embedder = open(&model(""), pooling);
            let many: Vec<&str> = TEXTS.into_iter().filter(|text| !text.is_empty()).cycle().take(100).collect();
            let together = embedder.embed(&many).unwrap();
            for (text, vector) in many.iter().zip(&together) {
                let alone = embedder.embed(&[text]).unwrap().remove(0);
                assert!(cosine(&alone, vector) > 0.9999, "{text}");
            }
            assert!(cosine(&together[0], &together[2]) < 0.999, "texts have vectors of their own");
        }
    }

    #[test]
    fn the_two_kinds_of_pooling_differ_and_are_told_apart() {
        let folder = model("");
        let (cls, mean) = (open(&folder, Pooling::Cls), open(&folder, Pooling::Mean));
        assert_ne!(cls.id(), mean.id());
        let both = [cls, mean].map(|embedder| embedder.embed(&["big hands"]).unwrap().remove(0));
        assert!(cosine(&both[0], &both[1]) < 0.999);
    }

    #[test]
    fn names_of_tensors_may_have_a_prefix() {
        let (plain, prefixed) = (open(&model(""), Pooling::Mean), open(&model("bert."), Pooling::Mean));
        assert_eq!(plain.embed(&TEXTS).unwrap(), prefixed.embed(&TEXTS).unwrap());
    }

    #[test]
    fn a_missing_or_damaged_file_is_named() {
        let nowhere = BertEmbedder::open(Path::new("./no/such/folder"), None).err().unwrap();
        assert_eq!(nowhere.to_string(), "cannot read `./no/such/folder` of the model folder");
        for (gone, named) in [(CONFIG, CONFIG), (WEIGHTS, WEIGHTS), (VOCABULARY, TOKENIZER)] {
            let folder = model("");
            fs_err::remove_file(folder.path().join(gone)).unwrap();
            let error = failure(&folder);
            assert!(matches!(&error, Error::ModelFile { path, .. } if path.ends_with(named)), "{error:?}");
        }
        for file in [CONFIG, WEIGHTS, TOKENIZER] {
            let folder = model("");
            fs_err::write(folder.path().join(file), "{").unwrap();
            let error = failure(&folder);
            assert!(matches!(&error, Error::ModelSyntax { path, .. } if path.ends_with(file)), "{error:?}");
        }
        let folder = model("");
        fs_err::write(folder.path().join(VOCABULARY), "[PAD]\n[UNK]\n[CLS]\nhand").unwrap();
        assert!(failure(&folder).to_string().ends_with("has no token `[SEP]`"));
    }

    #[test]
    fn a_model_that_is_no_bert_is_refused_by_its_type() {
        let folder = model("");
        for (config, named) in [
            (r#"{"model_type": "mpnet"}"#, "model_type `mpnet`"),
            (r#"{"model_type": "bert", "hidden_act": "silu"}"#, "hidden_act `silu`"),
            (r#"{"model_type": "bert", "num_attention_heads": 0}"#, "num_attention_heads `0`"),
            (r#"{"model_type": "bert", "position_embedding_type": "relative_key"}"#, "`relative_key`"),
        ] {
            fs_err::write(folder.path().join(CONFIG), config).unwrap();
            let message = failure(&folder).to_string();
            assert!(message.contains(named), "{message}");
        }
        // What the settings promise and the weights do not hold.
        fs_err::write(folder.path().join(CONFIG), r#"{"model_type": "bert"}"#).unwrap();
        assert!(matches!(failure(&folder), Error::Model { .. }));
    }

    #[test]
    fn a_vocabulary_does_where_there_is_no_tokenizer() {
        let folder = model("");
        let from_vocabulary = open(&folder, Pooling::Mean);
        assert_eq!(from_vocabulary.tokens("Big HANDS, xyz").unwrap(), [2, 4, 5, 6, 1, 1, 3]);
        from_vocabulary.tokenizer.save(folder.path().join(TOKENIZER), false).unwrap();
        let from_tokenizer = open(&folder, Pooling::Mean);
        assert_eq!(from_tokenizer.embed(&TEXTS).unwrap(), from_vocabulary.embed(&TEXTS).unwrap());
        assert_ne!(from_tokenizer.id(), from_vocabulary.id());
    }

    #[test]
    fn a_text_that_is_too_long_is_cut() {
        let embedder = open(&model(""), Pooling::Mean);
        let long = "heart ".repeat(50);
        let tokens = embedder.tokens(&long).unwrap();
        assert_eq!((tokens.len(), tokens.last()), (16, Some(&3)));
        assert!(embedder.embed(&[&long]).is_ok());
    }
}
