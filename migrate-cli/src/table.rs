//! A table of a TOML file as a struct that has a field for each of its keys.
//!
//! It is what `#[derive(Deserialize)]` writes for a struct all of whose fields have a default and that denies unknown
//! ones. A project's `migrate` is built without serde's macros for it.

use std::fmt;

use serde_core::de::{DeserializeSeed, Deserializer, Error, Visitor};

/// Lets a struct be read from a table: `table!(Backup { folder, mysqldump or mariadb_dump })`, where the last one has
/// two names.
macro_rules! table {
    ($name:ident { $($field:ident $(or $other:ident)?),+ $(,)? }) => {
        impl<'de> serde_core::Deserialize<'de> for $name {
            fn deserialize<D: serde_core::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Fields;

                impl<'de> serde_core::de::Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a table")
                    }

                    fn visit_map<A: serde_core::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name, A::Error> {
                        const KNOWN: &[&str] =
                            &[$(stringify!($field), $(stringify!($other),)?)+];
                        $(let mut $field = None;)+
                        while let Some(key) = map.next_key_seed($crate::table::Key(KNOWN))? {
                            $(if key == stringify!($field) $(|| key == stringify!($other))? {
                                if $field.replace(map.next_value()?).is_some() {
                                    let twice = stringify!($field);
                                    return Err(serde_core::de::Error::duplicate_field(twice));
                                }
                                continue;
                            })+
                        }
                        Ok($name { $($field: $field.unwrap_or_default()),+ })
                    }
                }

                from.deserialize_map(Fields)
            }
        }
    };
}
pub(crate) use table;

/// A key that has to be one of these. It is refused where it is read, so that the error has its line.
pub(crate) struct Key(pub(crate) &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<&'static str, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<&'static str, E> {
        let known = self.0.iter().find(|known| **known == key);
        known.copied().ok_or_else(|| E::unknown_field(key, self.0))
    }
}
