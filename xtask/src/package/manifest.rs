//! `package.json`, from the template `pkg.json`.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;

/// What stands in the template where the workspace's version goes.
const VERSION_PLACE: &str = "\"version\": \"0.0.0\"";

/// Puts the version into the template. The rest stays as it is written: the order of `exports` conditions has a meaning.
///
/// # Errors
///
/// When the template is not JSON, or has no place for the version.
pub(super) fn manifest(template: &str, version: &str) -> Result<String> {
    serde_json::from_str::<Value>(template)?;
    let places = template.matches(VERSION_PLACE).count();
    ensure!(
        places == 1,
        "pkg.json has {places} times {VERSION_PLACE}, which stands for the workspace's version; it should be there once"
    );
    Ok(template.replace(VERSION_PLACE, &format!("\"version\": {}", Value::from(version))))
}

/// The files of the package that its manifest promises, by `exports`, `main` and `types`.
pub(super) fn promised_files(manifest: &str) -> Result<BTreeSet<String>> {
    let manifest: Value = serde_json::from_str(manifest)?;
    let mut files = BTreeSet::new();
    for field in ["exports", "main", "types"] {
        collect(&manifest[field], &mut files);
    }
    Ok(files)
}

fn collect(value: &Value, files: &mut BTreeSet<String>) {
    match value {
        Value::String(file) => {
            files.insert(file.trim_start_matches("./").to_owned());
        }
        Value::Object(values) => values.values().for_each(|value| collect(value, files)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{manifest, promised_files};

    const TEMPLATE: &str = r#"{
      "name": "steadfast",
      "version": "0.0.0",
      "exports": { ".": { "types": "./index.d.ts", "node": "./node.js", "default": "./index.js" } },
      "types": "./index.d.ts"
    }"#;

    #[test]
    fn the_manifest_has_the_version_of_the_workspace_and_nothing_else_changed() {
        let manifest = manifest(TEMPLATE, "1.2.3").unwrap();
        assert_eq!(manifest, TEMPLATE.replace("0.0.0", "1.2.3"));
    }

    #[test]
    fn a_template_without_a_place_for_the_version_is_refused() {
        let error = manifest(r#"{ "name": "steadfast" }"#, "1.2.3").unwrap_err();
        assert!(error.to_string().contains("0 times"), "{error}");
    }

    #[test]
    fn a_template_that_is_not_json_is_refused() {
        assert!(manifest("{ \"version\": \"0.0.0\",", "1.2.3").is_err());
    }

    #[test]
    fn the_promised_files_are_those_under_every_condition() {
        let files: Vec<_> = promised_files(TEMPLATE).unwrap().into_iter().collect();
        assert_eq!(files, ["index.d.ts", "index.js", "node.js"]);
    }
}
