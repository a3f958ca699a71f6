//! Objects from JavaScript, read field by field: what is of the wrong type, and what nobody asked
//! for, is refused by name.
//!
//! By hand, because `serde` makes code for every structure anew, and the module is loaded by pages.

use std::time::Duration;

use js_sys::{Array, Object, Reflect};
use steadfast_core::time::duration_from_millis;
use wasm_bindgen::prelude::*;

use crate::error::Error;

#[wasm_bindgen]
extern "C" {
    // Getters and proxies of the user's may throw, and no destructor of this module would run.
    #[wasm_bindgen(catch, js_namespace = Object)]
    fn assign(target: &JsValue, source: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    fn copied(list: &JsValue) -> Result<Array, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Object)]
    pub(crate) fn entries(object: &JsValue) -> Result<Array, JsValue>;
}

/// The fields of an object. Each one is read once; what is left when all were read is unknown.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    left: Object,
    /// The object's own name, empty for the outermost.
    path: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields of an object; none, if it is `undefined`.
    ///
    /// # Errors
    ///
    /// If it is something else than an object.
    pub(crate) fn of(object: &JsValue, path: &'a str) -> Result<Self, Error> {
        let fields = Self { left: Object::new(), path };
        if object.is_undefined() {
            return Ok(fields);
        }
        if !object.is_object() || Array::is_array(object) {
            let name = if path.is_empty() { "options" } else { path };
            return Err(Error::wrong_type(name, "expected an object"));
        }
        assign(&fields.left, object).map_err(Error::thrown)?;
        Ok(fields)
    }

    /// The name of a field, with that of its object.
    pub(crate) fn name_of(&self, field: &str) -> String {
        if self.path.is_empty() { field.into() } else { [self.path, ".", field].concat() }
    }

    /// A field's value; `undefined` if it is absent.
    pub(crate) fn value(&self, field: &str) -> JsValue {
        let field = field.into();
        let value = Reflect::get(&self.left, &field).unwrap_or_default();
        // Neither fails: the object is a plain one of our own.
        let _ = Reflect::delete_property(&self.left, &field);
        value
    }

    /// A number of at least zero.
    pub(crate) fn number(&self, field: &str) -> Result<Option<f64>, Error> {
        let value = self.value(field);
        if value.is_undefined() {
            return Ok(None);
        }
        let number = value.as_f64();
        let number = number.ok_or_else(|| self.wrong(field, "expected a number"))?;
        if number >= 0.0 {
            Ok(Some(number))
        } else {
            let allowed = "a number of at least 0";
            Err(Error::out_of_range(&self.name_of(field), number, allowed))
        }
    }

    /// A number of milliseconds.
    pub(crate) fn duration(&self, field: &str) -> Result<Option<Duration>, Error> {
        Ok(self.number(field)?.map(duration_from_millis))
    }

    /// A number of milliseconds, if there is one, into `duration`.
    pub(crate) fn millis(&self, field: &str, duration: &mut Duration) -> Result<(), Error> {
        set(duration, self.duration(field)?);
        Ok(())
    }

    /// A whole number.
    pub(crate) fn whole<T: TryFrom<u32>>(&self, field: &str) -> Result<Option<T>, Error> {
        let Some(number) = self.number(field)? else { return Ok(None) };
        whole(number).map(Some).ok_or_else(|| self.wrong(field, "expected a whole number"))
    }

    /// A text.
    pub(crate) fn text(&self, field: &str) -> Result<Option<String>, Error> {
        let value = self.value(field);
        if value.is_undefined() {
            return Ok(None);
        }
        value.as_string().map(Some).ok_or_else(|| self.wrong(field, "expected a text"))
    }

    /// A list whose entries `read` understands; `expected` is what it should hold.
    pub(crate) fn list<T>(
        &self,
        field: &str,
        expected: &str,
        read: impl Fn(JsValue) -> Option<T>,
    ) -> Result<Option<Vec<T>>, Error> {
        let value = self.value(field);
        if value.is_undefined() {
            return Ok(None);
        }
        let list = if Array::is_array(&value) { Some(copied(&value)) } else { None };
        let list = list.transpose().map_err(Error::thrown)?;
        let entries = list.and_then(|list| list.iter().map(read).collect());
        entries.map(Some).ok_or_else(|| self.wrong(field, expected))
    }

    /// Refuses the fields that were not read.
    pub(crate) fn done(self) -> Result<(), Error> {
        // What is there but `undefined` is as good as absent, whatever its name.
        let unknown = Object::entries(&self.left).iter().find_map(|entry| {
            let entry: Array = entry.unchecked_into();
            (!entry.get(1).is_undefined()).then(|| entry.get(0).as_string().unwrap_or_default())
        });
        match unknown {
            Some(field) => Err(Error::unknown_field(&self.name_of(&field))),
            None => Ok(()),
        }
    }

    /// A refusal of a field's value.
    pub(crate) fn wrong(&self, field: &str, problem: &str) -> Error {
        Error::wrong_type(&self.name_of(field), problem)
    }
}

/// A number without a fraction, if it is one and fits. One beyond 32 bits becomes the greatest.
pub(crate) fn whole<T: TryFrom<u32>>(number: f64) -> Option<T> {
    // A cast from a float saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let cast = number as u32;
    if number.fract() == 0.0 { T::try_from(cast).ok() } else { None }
}

/// Replaces a default by what was given.
pub(crate) fn set<T>(value: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *value = given;
    }
}
