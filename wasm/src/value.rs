//! Values of the core, as plain objects.

use std::fmt;

use js_sys::Array;
use serde::ser::{self, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// The value as its JSON form would read: plain objects, arrays and numbers.
pub(crate) fn to_js(value: &impl Serialize) -> JsValue {
    let Ok(value) = value.serialize(Plain);
    value
}

#[wasm_bindgen]
extern "C" {
    /// A plain object that is being filled.
    #[wasm_bindgen(js_name = Object)]
    type Filled;

    #[wasm_bindgen(constructor, js_class = "Object")]
    fn new() -> Filled;

    #[wasm_bindgen(method, indexing_setter)]
    fn put(this: &Filled, name: &str, value: &JsValue);

    #[wasm_bindgen(method, indexing_setter)]
    fn put_at(this: &Filled, name: &JsValue, value: &JsValue);
}

/// `serde-wasm-bindgen` writes what has no parts; what has is put together here, since its code for
/// that is made anew for the type of every field, and all of it is loaded by pages.
#[derive(Clone, Copy)]
struct Plain;

/// An object on its way. `variant` is the name under which it stands in another one.
struct Object {
    filled: Filled,
    name: JsValue,
    variant: Option<&'static str>,
}

/// A list on its way.
struct List {
    list: Array,
    variant: Option<&'static str>,
}

/// Nothing of the core's fails to become a value.
#[derive(Debug)]
enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: fmt::Display>(_: T) -> Self {
        unreachable!("no value of the core refuses to be written")
    }
}

fn leaf(written: Result<JsValue, serde_wasm_bindgen::Error>) -> JsValue {
    written.unwrap_or_default()
}

fn within(variant: Option<&str>, value: JsValue) -> JsValue {
    let Some(name) = variant else { return value };
    let object = Filled::new();
    object.put(name, &value);
    object.into()
}

impl Plain {
    const LEAVES: Serializer = Serializer::json_compatible();
}

macro_rules! leaves {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<JsValue, Never> {
            Ok(leaf(Self::LEAVES.$method(value)))
        })*
    };
}

impl ser::Serializer for Plain {
    type Ok = JsValue;
    type Error = Never;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Object;
    type SerializeStruct = Object;
    type SerializeStructVariant = Object;

    leaves! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_u64: u64, serialize_f32: f32, serialize_f64: f64, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8]
    }

    fn serialize_none(self) -> Result<JsValue, Never> {
        Ok(leaf(Self::LEAVES.serialize_none()))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<JsValue, Never> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<JsValue, Never> {
        Ok(leaf(Self::LEAVES.serialize_unit()))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<JsValue, Never> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<JsValue, Never> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<JsValue, Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<JsValue, Never> {
        Ok(within(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List, Never> {
        Ok(List { list: Array::new(), variant: None })
    }

    fn serialize_tuple(self, _: usize) -> Result<List, Never> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List, Never> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List, Never> {
        Ok(List { list: Array::new(), variant: Some(variant) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object, Never> {
        Ok(Object { filled: Filled::new(), name: JsValue::UNDEFINED, variant: None })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object, Never> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object, Never> {
        Ok(Object { variant: Some(variant), ..self.serialize_map(None)? })
    }
}

impl Object {
    fn finished(self) -> JsValue {
        within(self.variant, self.filled.into())
    }
}

macro_rules! structure {
    ($($trait:ident),*) => {
        $(impl ser::$trait for Object {
            type Ok = JsValue;
            type Error = Never;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Never> {
                self.filled.put(name, &value.serialize(Plain)?);
                Ok(())
            }

            fn end(self) -> Result<JsValue, Never> {
                Ok(self.finished())
            }
        })*
    };
}

structure!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Object {
    type Ok = JsValue;
    type Error = Never;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Never> {
        self.name = key.serialize(Plain)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        self.filled.put_at(&self.name, &value.serialize(Plain)?);
        Ok(())
    }

    fn end(self) -> Result<JsValue, Never> {
        Ok(self.finished())
    }
}

macro_rules! list {
    ($($trait:ident: $method:ident),*) => {
        $(impl ser::$trait for List {
            type Ok = JsValue;
            type Error = Never;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
                self.list.push(&value.serialize(Plain)?);
                Ok(())
            }

            fn end(self) -> Result<JsValue, Never> {
                Ok(within(self.variant, self.list.into()))
            }
        })*
    };
}

list!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);
