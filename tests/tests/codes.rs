//! Every code that a program can compare is in `steadfast_core::codes`, and scripts know theirs by type.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use steadfast_core::codes;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The contents of the files in a folder, and below, whose names end like this.
fn sources(folder: &str, ending: &str) -> Vec<String> {
    let mut folders = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no {ending}");
    found
}

/// The texts in a source that have the form of a code.
fn codes_in(source: &str) -> impl Iterator<Item = &str> {
    let has_form = |text: &str| {
        text.split_once('.').is_some_and(|(area, name)| {
            let is_word = |word: &str| {
                !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            };
            is_word(area) && is_word(name)
        })
    };
    source.split('"').filter(move |text| has_form(text))
}

/// The codes that functions named `code` give.
fn given(source: &str) -> BTreeSet<&str> {
    let bodies = source.split("fn code(").skip(1);
    bodies.flat_map(|body| codes_in(body.split("\n    }\n").next().unwrap_or(body))).collect()
}

#[test]
fn the_type_of_codes_in_the_declarations_has_those_of_scripts_and_no_other() {
    let declared = fs::read_to_string(root().join("wasm/js/types/errors.d.ts")).unwrap();
    let (_, union) = declared.split_once("type SteadfastErrorCode =").unwrap();
    let (union, _) = union.split_once(';').unwrap();
    let declared: Vec<_> = codes_in(union).collect();
    assert_eq!(declared, codes::OF_SCRIPTS);
}

#[test]
fn every_code_that_rust_gives_is_in_a_list() {
    let listed: BTreeSet<_> = codes::OF_SCRIPTS.iter().chain(codes::OF_RUST).copied().collect();
    let mut count = 0;
    for source in ["core/src", "native/src"].iter().flat_map(|folder| sources(folder, ".rs")) {
        for code in given(&source) {
            assert!(listed.contains(code), "{code} is in no list of core/src/codes.rs");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn every_listed_code_is_named_by_a_source() {
    let rust =
        ["core/src", "native/src", "wasm/src"].iter().flat_map(|folder| sources(folder, ".rs"));
    let rust: Vec<_> = rust.filter(|source| !source.contains("pub const OF_SCRIPTS")).collect();
    let scripts = sources("wasm/js", ".js");
    let named = |sources: &[String], code: &str| {
        sources.iter().any(|source| codes_in(source).any(|named| named == code))
    };
    for code in codes::OF_SCRIPTS {
        assert!(named(&rust, code) || named(&scripts, code), "no source has {code}");
    }
    for code in codes::OF_RUST {
        assert!(named(&rust, code), "no source in Rust has {code}");
        assert!(!codes::OF_SCRIPTS.contains(code), "{code} is in both lists");
    }
}

#[test]
fn the_lists_are_in_alphabetical_order() {
    assert!(codes::OF_SCRIPTS.is_sorted() && codes::OF_RUST.is_sorted());
}
