//! An OpenAI-compatible service, asked over HTTP: who asks again, how long to wait, and what an answer that is none means.
