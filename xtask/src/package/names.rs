//! Short names for what the module and its glue have in common.

use std::{collections::HashMap, mem};

use wasm_bindgen_cli_support::Output;

/// The glue's variable that holds what the module exports.
const EXPORTS: &str = "wasm";

/// How the names begin that the glue hands to the module, most of them with a hash at their end.
const IMPORTS: &str = "__wb";

/// What the glue calls itself as it hands them over, after the module's name, and what it calls itself instead.
const FROM: (&str, &str) = ("_bg.js", "./");

/// The export that keeps its name: tools that measure the module look it up.
const MEMORY: &str = "memory";

/// Old names and the short ones that take their place.
pub(super) struct Names {
    imports: HashMap<String, String>,
    exports: HashMap<String, String>,
}

impl Names {
    /// Shortens the names in the module. They are read by nobody, and their hashes do not compress.
    pub(super) fn shorten(output: &mut Output) -> Self {
        let module = output.wasm_mut();
        let mut imports = HashMap::new();
        for import in module.imports.iter_mut().filter(|import| import.module.ends_with(FROM.0)) {
            FROM.1.clone_into(&mut import.module);
        }
        let hashed = module.imports.iter_mut().filter(|import| import.name.starts_with(IMPORTS));
        for (import, name) in hashed.zip(short_names()) {
            imports.insert(mem::replace(&mut import.name, name.clone()), name);
        }
        let mut exports = HashMap::new();
        let named = module.exports.iter_mut().filter(|export| export.name != MEMORY);
        for (export, name) in named.zip(short_names()) {
            exports.insert(mem::replace(&mut export.name, name.clone()), name);
        }
        Self { imports, exports }
    }

    /// The glue with the names that the module has now.
    pub(super) fn in_glue(&self, glue: &str) -> String {
        let mut renamed = String::with_capacity(glue.len());
        let mut rest = glue;
        while let Some(start) = rest.find(begins_word) {
            let (before, from) = rest.split_at(start);
            renamed.push_str(before);
            let (word, after) = from.split_at(from.find(ends_word).unwrap_or(from.len()));
            let exported = renamed.strip_suffix('.').is_some_and(|object| {
                object.strip_suffix(EXPORTS).is_some_and(|before| before.ends_with(ends_word))
            });
            let names = if exported { &self.exports } else { &self.imports };
            renamed.push_str(names.get(word).map_or(word, String::as_str));
            rest = after;
        }
        renamed.push_str(rest);
        from_short(&renamed)
    }
}

/// The glue with its own name shortened.
fn from_short(glue: &str) -> String {
    let (long, short) = FROM;
    let pieces = glue.split('"').map(|text| if text.ends_with(long) { short } else { text });
    pieces.collect::<Vec<_>>().join("\"")
}

fn begins_word(character: char) -> bool {
    character.is_ascii_alphabetic() || matches!(character, '_' | '$')
}

fn ends_word(character: char) -> bool {
    !begins_word(character) && !character.is_ascii_digit()
}

/// `a`, `b`, … `z`, `aa`, `ab`, … `zz`. What comes after the last keeps its long name.
fn short_names() -> impl Iterator<Item = String> {
    let letters = || ('a'..='z').map(String::from);
    let pairs = letters().flat_map(move |first| letters().map(move |last| first.clone() + &last));
    letters().chain(pairs)
}

#[cfg(test)]
mod tests {
    use super::{HashMap, Names, short_names};

    fn names() -> Names {
        let map = |from: &str, to: &str| HashMap::from([(from.into(), to.into())]);
        Names { imports: map("__wbg_now_0123", "a"), exports: map("driver_new", "b") }
    }

    #[test]
    fn imports_are_renamed_where_they_are_handed_over_and_exports_where_they_are_used() {
        let glue = "const o = { __wbg_now_0123: function() { wasm.driver_new(driver_new); } };";
        let short = "const o = { a: function() { wasm.b(driver_new); } };";
        assert_eq!(names().in_glue(glue), short);
    }

    #[test]
    fn what_only_looks_alike_stays() {
        for glue in
            ["wasm.driver_new2()", "other.driver_new()", "awasm.driver_new()", "__wbg_now_01234()"]
        {
            assert_eq!(names().in_glue(glue), glue);
        }
    }

    #[test]
    fn the_glue_calls_itself_by_a_short_name() {
        let glue = r#"return { "./module_bg.js": import0, "./other.js": 1 };"#;
        assert_eq!(names().in_glue(glue), r#"return { "./": import0, "./other.js": 1 };"#);
    }

    #[test]
    fn no_two_short_names_are_the_same() {
        let names: Vec<_> = short_names().take(700).collect();
        let different: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!((names.len(), different.len()), (700, 700));
    }
}
