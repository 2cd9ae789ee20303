//! Finds pairs of identifier and label in files of any form.
