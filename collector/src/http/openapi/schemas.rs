use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// Makes the schemas of answers and of requests. A type may differ: what has a
/// default need not be sent, but is always answered.
#[derive(Debug)]
pub(super) struct Schemas {
    pub(super) answered: SchemaGenerator,
    pub(super) asked: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings.with_transform(RecursiveTransform(plain))
        };
        Self {
            answered: settings().for_serialize().into_generator(),
            asked: settings().for_deserialize().into_generator(),
        }
    }

    /// Every record that was spoken of, by name. Where one is both asked for and answered, what
    /// may be sent is said.
    pub(super) fn all(mut self) -> Map<String, Value> {
        let mut all = self.answered.take_definitions(true);
        all.extend(self.asked.take_definitions(true));
        all
    }
}

/// Says it as the interface does: what is absent is left out, and never null; and nothing of how
/// Rust refers to its items.
pub(super) fn plain(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
    let optional: Vec<String> = {
        let required = object.get("required").and_then(Value::as_array);
        let is_required = |name: &String| {
            required.is_some_and(|required| required.iter().any(|one| one == name.as_str()))
        };
        let properties = object.get("properties").and_then(Value::as_object);
        let names = properties.into_iter().flat_map(Map::keys);
        names.filter(|name| !is_required(name)).cloned().collect()
    };
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        for name in optional {
            properties.get_mut(&name).map(never_null);
        }
    }
    // An integer is written as such; its width is Rust's business.
    if let Some(Value::String(format)) = object.get("format")
        && (format.starts_with("uint") || format.starts_with("int") || format == "double")
    {
        object.remove("format");
    }
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = description.replace("[`", "`").replace("`]", "`");
    }
}

fn never_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            object.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(of)) = object.get_mut("anyOf") {
        of.retain(|one| one.get("type") != Some(&Value::from("null")));
        if let [Value::Object(one)] = of.as_slice() {
            let one = one.clone();
            object.remove("anyOf");
            object.extend(one);
        }
    }
}

/// What a generator's transforms would do to a schema that is no definition.
pub(super) fn told(mut schema: Schema) -> Value {
    RecursiveTransform(plain).transform(&mut schema);
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use steadfast_core::health::HealthSummary;
    use steadfast_core::report::Report;

    use super::*;

    #[test]
    fn what_is_asked_for_and_answered_looks_the_same_where_it_is_both() {
        let mut schemas = Schemas::new();
        schemas.answered.subschema_for::<(Report, HealthSummary)>();
        schemas.asked.subschema_for::<(Report, HealthSummary)>();
        let answered = schemas.answered.take_definitions(true);
        for (name, asked) in schemas.asked.take_definitions(true) {
            let mut asked = asked;
            let mut answered = answered[&name].clone();
            // What may be left out has a default; it is answered all the same.
            for one in [&mut asked, &mut answered] {
                one.as_object_mut().unwrap().remove("required");
            }
            assert_eq!(asked["type"], answered["type"], "{name}");
        }
    }
}
