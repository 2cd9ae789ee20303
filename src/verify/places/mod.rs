//! Finds pairs of identifier and label in files of any form.

#![allow(dead_code, reason = "who calls the readers stands in another branch")]

mod identifier;
mod json;
mod object;
mod text;
mod yaml;

#[cfg(test)]
mod sample;
