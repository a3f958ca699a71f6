//! How much a page downloads to use the package.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, ensure};
use brotli::enc::BrotliEncoderParams;

use super::FOLDER;
use crate::workspace::Workspace;

/// What a page shall have to download, in bytes after Brotli: modules, their glue and the loaders.
const GOAL: usize = 45_000;

/// What some page loads.
struct Page {
    /// What the page does.
    what: &'static str,
    /// The script that it loads first.
    entry: &'static str,
    /// How the names begin of files that it would only load later, for what it does not do.
    without: &'static [&'static str],
    /// What it has to download at most, in bytes after Brotli, until the goal is reached: to be lowered when the package
    /// shrinks, and raised on purpose only.
    limit: usize,
}

/// What keeps a session beyond the page, which only pages load that ask for it.
const KEEPING: &str = "steadfast-persistence-";

const PAGES: [Page; 3] = [
    Page {
        what: "a page that imports steadfast/connect",
        entry: "connect.js",
        without: &[KEEPING],
        limit: 80_900,
    },
    Page {
        what: "a page that imports steadfast, and only connects",
        entry: "index.js",
        without: &[KEEPING, "steadfast_services_bg.wasm"],
        limit: 90_400,
    },
    Page { what: "everything", entry: "index.js", without: &[], limit: 159_900 },
];

/// Prints the size of each file that pages load.
pub(super) fn print(workspace: &Workspace) -> Result<()> {
    PAGES.iter().try_for_each(|page| measure(workspace, page).map(|_| ()))
}

/// Prints the sizes.
///
/// # Errors
///
/// When what a page loads is beyond the limit.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    PAGES.iter().try_for_each(|page| within_limit(page, measure(workspace, page)?))
}

/// Prints the sizes and returns the sum of the compressed ones, in bytes.
fn measure(workspace: &Workspace, page: &Page) -> Result<usize> {
    let mut files = loaded_files(&workspace.path(FOLDER), page.entry, workspace)?;
    for beginning in page.without {
        let before = files.len();
        files.retain(|name, _| !name.starts_with(beginning));
        ensure!(
            files.len() < before,
            "{} does not lead to {beginning}, which was to be left out",
            page.entry
        );
    }
    ensure!(
        files.keys().any(|name| !is_script(name)),
        "{} leads to no module, so its size would not be counted",
        page.entry
    );
    println!("{:<50} {:>9} {:>9}", page.what, "bytes", "brotli");
    let mut sum = (0, 0);
    for (name, content) in &files {
        let compressed = brotli_size(content).with_context(|| format!("compressing {name}"))?;
        println!("  {name:<48} {:>9} {compressed:>9}", content.len());
        sum = (sum.0 + content.len(), sum.1 + compressed);
    }
    let limit = page.limit;
    println!("  {:<48} {:>9} {:>9} (limit {limit}, goal {GOAL})", "together", sum.0, sum.1);
    Ok(sum.1)
}

/// The entry, and what it and what it leads to name as `"./file"`.
fn loaded_files(
    package: &Path,
    entry: &str,
    workspace: &Workspace,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut open = vec![entry.to_owned()];
    while let Some(name) = open.pop() {
        if files.contains_key(&name) {
            continue;
        }
        let content = workspace.shell.read_binary_file(package.join(&name))?;
        if is_script(&name) {
            open.extend(named_files(&String::from_utf8_lossy(&content)));
        }
        files.insert(name, content);
    }
    Ok(files)
}

fn is_script(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "js")
}

/// The scripts and modules that a script imports or addresses relative to itself, such as `./glue.js`.
fn named_files(script: &str) -> Vec<String> {
    let pieces: Vec<_> = script.split(['"', '\'', '`']).collect();
    let named = pieces.windows(2).filter(|pair| {
        let before = pair[0].trim_end();
        ["from", "import", "import(", "URL("].iter().any(|word| before.ends_with(word))
    });
    named
        .filter_map(|pair| pair[1].strip_prefix("./"))
        .filter(|name| [".js", ".wasm"].iter().any(|extension| name.ends_with(extension)))
        .map(str::to_owned)
        .collect()
}

/// How many bytes Brotli leaves at its best quality, which is what servers send of files compressed beforehand.
fn brotli_size(content: &[u8]) -> Result<usize> {
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &BrotliEncoderParams::default())?;
    Ok(compressed.len())
}

fn within_limit(page: &Page, bytes: usize) -> Result<()> {
    let Page { what, limit, .. } = page;
    ensure!(
        bytes <= *limit,
        "{what} would load {bytes} bytes after Brotli, which is {} beyond the limit of {limit}",
        bytes - limit,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{PAGES, brotli_size, named_files, within_limit};

    #[test]
    fn a_package_of_exactly_the_limit_is_accepted_and_one_byte_more_is_refused() {
        let [page, ..] = &PAGES;
        assert!(within_limit(page, page.limit).is_ok());
        let error = within_limit(page, page.limit + 1).unwrap_err();
        assert!(error.to_string().contains("1 beyond"), "{error}");
    }

    #[test]
    fn imports_and_addresses_of_modules_are_followed() {
        let script = r#"
            import init from "./glue.js";
            export * from './loader.js';
            const names = { "./names_of_imports.js": {} };
            const address = new URL(`./module.wasm`, import.meta.url);
            /** @import { Options } from "./index.d.ts" */
        "#;
        assert_eq!(named_files(script), ["glue.js", "loader.js", "module.wasm"]);
    }

    #[test]
    fn what_repeats_itself_compresses_well() {
        assert!(brotli_size(&[b'a'; 10_000]).unwrap() < 50);
    }
}
