//! Objects from JavaScript, as structures: what is not known or of the wrong type is refused by
//! name, where `serde-wasm-bindgen` alone would pass over the first and not name the second.

use js_sys::{Array, Object, Reflect};
use serde::de::value::Error as NoValue;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use wasm_bindgen::prelude::*;

use crate::error::Error;

/// Reads an object whose fields are those of `T` and `others`; what is absent has its default.
///
/// # Errors
///
/// If it is no object, has another field, or a field of the wrong type. `path` is its own name,
/// empty for the outermost.
pub(crate) fn read<T: DeserializeOwned>(
    object: &JsValue,
    path: &str,
    others: &[&str],
) -> Result<T, Error> {
    let object = checked(object, path, names::<T>(), others)?;
    serde_wasm_bindgen::from_value(object.clone().into())
        .map_err(|error| culprit::<T>(&object, path, &JsValue::from(error)))
}

/// The field's value, `undefined` if it is absent.
pub(crate) fn take(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

/// A copy of the object without what is `undefined`, once each of its fields is known.
fn checked(object: &JsValue, path: &str, known: &[&str], others: &[&str]) -> Result<Object, Error> {
    let copy = Object::new();
    if object.is_undefined() {
        return Ok(copy);
    }
    if !object.is_object() || Array::is_array(object) {
        let path = if path.is_empty() { "options" } else { path };
        return Err(Error::wrong_type(path, "expected an object"));
    }
    for entry in Object::entries(object.unchecked_ref()).iter() {
        let entry: Array = entry.unchecked_into();
        let (key, value) = (entry.get(0), entry.get(1));
        let name = key.as_string().unwrap_or_default();
        if !known.iter().chain(others).any(|known| *known == name) {
            let known = [known, others].concat().join(", ");
            return Err(Error::unknown_field(&join(path, &name), &known));
        }
        if let Some(number) = value.as_f64().filter(|number| number.is_nan() || *number < 0.0) {
            let field = join(path, &name);
            return Err(Error::out_of_range(&field, number, "a number of at least 0"));
        }
        if !value.is_undefined() {
            // It fails on frozen objects only, which a new one is not.
            let _ = Reflect::set(&copy, &key, &value);
        }
    }
    Ok(copy)
}

/// Which field it was that could not be read: the one that cannot be read by itself either.
fn culprit<T: DeserializeOwned>(object: &Object, path: &str, error: &JsValue) -> Error {
    let kind = take(object, "type");
    for entry in Object::entries(object).iter() {
        let alone = Object::from_entries(&Array::of1(&entry)).unwrap_or_default();
        if !kind.is_undefined() {
            // What a structure with a type takes depends on it.
            let _ = Reflect::set(&alone, &"type".into(), &kind);
        }
        if let Err(error) = serde_wasm_bindgen::from_value::<T>(alone.into()) {
            let name = entry.unchecked_into::<Array>().get(0).as_string().unwrap_or_default();
            return refusal(&join(path, &name), path, &error.into());
        }
    }
    refusal(path, path, error)
}

fn refusal(field: &str, path: &str, error: &JsValue) -> Error {
    let message = take(error, "message").as_string().unwrap_or_else(|| "cannot be read".into());
    // The core refuses some values while they are read, and names the field itself.
    match message.split_once(" is ") {
        Some((field, _)) if !path.is_empty() && field.starts_with(path) => {
            Error::refused_by_core(field, &message)
        }
        _ => Error::wrong_type(field, &message),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { [path, ".", name].concat() }
}

/// The names of a structure's fields, as its own implementation of `Deserialize` gives them.
fn names<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Asked<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Asked<'_> {
        type Error = NoValue;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
            Err(NoValue::custom(""))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, NoValue> {
            *self.0 = fields;
            Err(NoValue::custom(""))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
            option unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier
            ignored_any
        }
    }

    let mut names: &'static [&'static str] = &[];
    // It gives no value, only the names.
    let _ = T::deserialize(Asked(&mut names));
    names
}
