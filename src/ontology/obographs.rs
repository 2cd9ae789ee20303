//! obographs
