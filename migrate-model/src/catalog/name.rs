//! The names of tables and types, with or without a schema.

use std::fmt;

macro_rules! qualified_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name {
            /// The schema, where the database's search path is not to decide.
            pub schema: Option<String>,
            /// The name itself, without quotes; dots and quotes are part of it.
            pub name: String,
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self { schema: None, name: name.to_owned() }
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self { schema: None, name }
            }
        }

        impl From<(&str, &str)> for $name {
            fn from((schema, name): (&str, &str)) -> Self {
                Self { schema: Some(schema.to_owned()), name: name.to_owned() }
            }
        }

        impl From<&$name> for $name {
            fn from(name: &$name) -> Self {
                name.clone()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match &self.schema {
                    Some(schema) => write!(f, "{schema}.{}", self.name),
                    None => f.write_str(&self.name),
                }
            }
        }
    };
}

qualified_name! {
    /// The name of a table.
    ///
    /// A string is a name as it is: `"a.b"` is a table with a dot in its name. A schema is given
    /// apart from it.
    ///
    /// ```
    /// use migrate_model::catalog::TableName;
    ///
    /// assert_eq!(TableName::from("orders").schema, None);
    /// assert_eq!(TableName::from(("trading", "orders")).to_string(), "trading.orders");
    /// ```
    TableName
}

qualified_name! {
    /// The name of a function or procedure.
    ///
    /// ```
    /// use migrate_model::catalog::RoutineName;
    ///
    /// assert_eq!(RoutineName::from(("trading", "touch")).to_string(), "trading.touch");
    /// ```
    RoutineName
}

qualified_name! {
    /// The name of a type that the database was taught, such as an enum.
    ///
    /// ```
    /// use migrate_model::catalog::TypeName;
    ///
    /// assert_eq!(TypeName::from("order_status").to_string(), "order_status");
    /// ```
    TypeName
}
