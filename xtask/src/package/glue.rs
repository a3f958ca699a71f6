//! What the package takes of the glue that `wasm-bindgen` writes.

use anyhow::{Context, Result};

/// Where the glue begins to load and start modules, in every way that somebody might want.
const LOADING: &str = "async function __wbg_load(";

/// What the package's own loader needs instead: what the module imports, and what is done with it once it runs.
const STARTING: &str = "export { __wbg_get_imports as imports, __wbg_finalize_init as started };\n";

/// The glue without its ways of loading modules: `wasm/js/platform/loader.js` has one of its own, and pages load both.
///
/// # Errors
///
/// When the glue is not as it was: then its version has changed, and this has to follow.
pub(super) fn without_loading(glue: &str) -> Result<String> {
    let kept = glue.split_once(LOADING).context("the glue loads modules by another function")?.0;
    Ok([kept, STARTING].concat())
}

#[cfg(test)]
mod tests {
    use super::without_loading;

    #[test]
    fn what_loads_modules_is_left_out_with_its_exports() {
        let glue = "let wasm;\nasync function __wbg_load(module) {}\nexport { initSync };\n";
        let kept = without_loading(glue).unwrap();
        assert!(kept.starts_with("let wasm;\nexport {"), "{kept}");
        assert!(!kept.contains("initSync"), "{kept}");
    }

    #[test]
    fn glue_that_loads_otherwise_is_refused() {
        assert!(without_loading("let wasm;\n").is_err());
    }
}
