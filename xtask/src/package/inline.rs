//! The module as a script, for those who cannot serve a second file.

use anyhow::Result;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The file name of the script that holds the module of this name.
pub(super) fn file(module: &str) -> String {
    format!("{module}_base64.js")
}

/// An ES module whose default export is the WebAssembly module in Base64.
pub(super) fn script(module: &[u8]) -> Result<String> {
    Ok(format!("export default {};\n", serde_json::to_string(&STANDARD.encode(module))?))
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn the_script_exports_the_bytes_of_the_module() {
        assert_eq!(script(b"\0asm").unwrap(), "export default \"AGFzbQ==\";\n");
    }
}
