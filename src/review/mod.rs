//! What a person decides about answers that are not certain: the sheet, the decisions in it, and what follows from them.
