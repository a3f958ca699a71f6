//! Circles between the top-level modules of a crate: two modules that need each other can only be understood together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result, ensure};
use petgraph::{algo::tarjan_scc, graphmap::DiGraphMap};
use syn::visit::{self, Visit};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// The crates whose modules are looked at.
const CRATES: [&str; 3] = ["core", "native", "collector"];

/// Circles that are known, by crate. A circle may only lose modules, and then the list has to lose them, too.
const KNOWN: &str = "xtask/circles.json";

/// Each module of a crate, and those that it uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// The modules of a circle.
type Circle = BTreeSet<String>;

/// Compares the circles of each crate with those that are known.
///
/// # Errors
///
/// When a crate has a circle that is not known, or a known one has lost a module.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let known = fs::read_to_string(workspace.path(KNOWN))?;
    let known: BTreeMap<String, BTreeSet<Circle>> = serde_json::from_str(&known)?;
    let mut found = BTreeMap::new();
    for name in CRATES {
        let uses = uses(&workspace.path(name).join("src"))?;
        found.insert(name.to_owned(), circles(&uses));
    }
    ensure!(found == known, "found {found:#?}\nbut {KNOWN} has {known:#?}");
    Ok(())
}

/// Reads which top-level module of a crate uses which others outside of tests.
fn uses(source: &Path) -> Result<Uses> {
    let mut uses = Uses::new();
    for entry in WalkDir::new(source).sort_by_file_name() {
        let path = entry?.into_path();
        let module = module_of(path.strip_prefix(source)?);
        let Some(module) = module.filter(|_| path.extension().is_some_and(|end| end == "rs"))
        else {
            continue;
        };
        let text = fs::read_to_string(&path)?;
        let file = syn::parse_file(&text).with_context(|| path.display().to_string())?;
        let mut names = Names::default();
        names.visit_file(&file);
        names.0.remove(&module);
        uses.entry(module).or_default().append(&mut names.0);
    }
    // `crate::Name` is what the crate shows to its users, and no module.
    let modules: BTreeSet<_> = uses.keys().cloned().collect();
    for used in uses.values_mut() {
        used.retain(|name| modules.contains(name));
    }
    Ok(uses)
}

/// The top-level module that a file belongs to; none for the root of a crate, and for tests.
fn module_of(path: &Path) -> Option<String> {
    let parts: Vec<_> = path.iter().filter_map(|part| part.to_str()).collect();
    let is_test = parts.iter().any(|part| matches!(*part, "tests" | "tests.rs"));
    let first = parts.first()?.trim_end_matches(".rs");
    (!is_test && !matches!(first, "lib" | "main")).then(|| first.to_owned())
}

/// Modules that use each other, directly or by way of others.
fn circles(uses: &Uses) -> BTreeSet<Circle> {
    let edges = uses.iter().flat_map(|(from, to)| to.iter().map(move |to| (&**from, &**to)));
    let graph = DiGraphMap::<&str, ()>::from_edges(edges);
    let groups = tarjan_scc(&graph).into_iter().filter(|group| group.len() > 1);
    groups.map(|group| group.into_iter().map(str::to_owned).collect()).collect()
}

/// The names that follow `crate::` in a file.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn take(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => drop(self.0.insert(path.ident.to_string())),
            syn::UseTree::Name(name) => drop(self.0.insert(name.ident.to_string())),
            syn::UseTree::Rename(name) => drop(self.0.insert(name.ident.to_string())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.take(tree)),
            syn::UseTree::Glob(_) => {}
        }
    }
}

impl<'file> Visit<'file> for Names {
    fn visit_item_mod(&mut self, module: &'file syn::ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_use_path(&mut self, path: &'file syn::UsePath) {
        if path.ident == "crate" {
            self.take(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'file syn::Path) {
        let mut segments = path.segments.iter();
        if segments.next().is_some_and(|first| first.ident == "crate")
            && let Some(second) = segments.next()
        {
            self.0.insert(second.ident.to_string());
        }
        visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let mut names = Names::default();
        names.visit_file(&syn::parse_str(text).unwrap());
        names.0.into_iter().collect()
    }

    fn uses(of: &[(&str, &[&str])]) -> Uses {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        of.iter().map(|(module, used)| ((*module).to_owned(), owned(used))).collect()
    }

    #[test]
    fn a_module_is_found_in_every_form_of_its_path() {
        let text = "use crate::{a::A, b}; use crate::c as other; fn f(x: crate::d::D) { crate::e::f() } use super::g;";
        assert_eq!(names(text), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn tests_may_use_what_they_like() {
        assert_eq!(names("mod tests { use crate::a::A; }"), Vec::<String>::new());
        assert_eq!(module_of(Path::new("a/tests/b.rs")), None);
        assert_eq!(module_of(Path::new("a/b.rs")).as_deref(), Some("a"));
    }

    #[test]
    fn a_circle_is_found_over_any_number_of_modules() {
        let uses = uses(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &["a"])]);
        let circle = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(circles(&uses), BTreeSet::from([circle]));
    }
}
