//! Creating, replacing and dropping functions and procedures.

use super::{Op, Ops, Place, recorder::record};
use crate::catalog::{
    Catalog, CatalogError, Function, FunctionKey, InvertError, NewFunction, RoutineName, TableName,
};

/// Creates a function or procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateFunction {
    /// The function.
    pub function: Function,
}

/// Gives a function another definition: the one of its types, or the only one of its name.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplaceFunction {
    /// The function as it is from now on.
    pub function: Function,
}

/// Drops a function or procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct DropFunction {
    /// Its name.
    pub name: RoutineName,
    /// The types of its arguments, where the name alone would not tell.
    pub arguments: Option<Vec<String>>,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl Ops {
    /// Creates a function: `function("add").argument("a", "integer").returns("integer")….body("…")`.
    #[track_caller]
    pub fn create_function(&mut self, function: NewFunction) {
        let op = CreateFunction { function: function.function };
        record!(self, Place::here(), CreateFunction(op));
    }

    /// Gives a function another definition; the inverse gives it the former one again.
    #[track_caller]
    pub fn replace_function(&mut self, function: NewFunction) {
        let op = ReplaceFunction { function: function.function };
        record!(self, Place::here(), ReplaceFunction(op));
    }

    /// Drops a function or procedure; the inverse brings it back as it was.
    #[track_caller]
    pub fn drop_function(&mut self, name: impl Into<RoutineName>) -> &mut DropFunction {
        let op = DropFunction { name: name.into(), arguments: None, if_exists: false };
        record!(self, Place::here(), DropFunction(op))
    }
}

impl CreateFunction {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.function.check()?;
        let key = self.function.key();
        if catalog.functions.contains_key(&key) {
            return Err(CatalogError::FunctionExists { function: self.function.describe() });
        }
        catalog.functions.insert(key, self.function.clone());
        Ok(())
    }

    pub(super) fn invert(&self, _: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::DropFunction(DropFunction {
            name: self.function.name.clone(),
            arguments: Some(self.function.types()),
            if_exists: false,
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("create {} {}", self.function.noun(), self.function.describe())
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

impl ReplaceFunction {
    /// The function that is replaced.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one that it could be.
    pub fn former<'c>(&self, before: &'c Catalog) -> Result<&'c Function, CatalogError> {
        match before.functions.get(&self.function.key()) {
            Some(function) => Ok(function),
            None => before.function(&self.function.name, None),
        }
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.function.check()?;
        let former: FunctionKey = self.former(catalog)?.key();
        let key = self.function.key();
        if former != key
            && let Some((of, trigger)) = catalog.callers(&former).first()
        {
            return Err(CatalogError::UsedByTrigger {
                what: format!("function `{}`", former.0),
                trigger: trigger.name.clone(),
                table: (*of).clone(),
            });
        }
        catalog.functions.remove(&former);
        catalog.functions.insert(key, self.function.clone());
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::ReplaceFunction(ReplaceFunction { function: self.former(before)?.clone() })])
    }

    pub(super) fn describe(&self) -> String {
        format!("replace {} {}", self.function.noun(), self.function.describe())
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

impl DropFunction {
    /// The types of its arguments, where several functions have the name.
    pub fn arguments<T: Into<String>>(&mut self, types: impl IntoIterator<Item = T>) -> &mut Self {
        self.arguments = Some(types.into_iter().map(Into::into).collect());
        self
    }

    /// Does nothing when the function is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    /// The function that is meant; none where it is gone, and may be.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one.
    pub fn find<'c>(&self, before: &'c Catalog) -> Result<Option<&'c Function>, CatalogError> {
        match before.function(&self.name, self.arguments.as_deref()) {
            Ok(function) => Ok(Some(function)),
            Err(CatalogError::NoFunction { .. }) if self.if_exists => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let Some(key) = self.find(catalog)?.map(Function::key) else { return Ok(()) };
        if let Some((of, trigger)) = catalog.callers(&key).first() {
            return Err(CatalogError::UsedByTrigger {
                what: format!("function `{}`", self.name),
                trigger: trigger.name.clone(),
                table: (*of).clone(),
            });
        }
        catalog.functions.remove(&key);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        let create = |function: &Function| CreateFunction { function: function.clone() };
        Ok(self.find(before)?.map(create).map(Op::CreateFunction).into_iter().collect())
    }

    pub(super) fn describe(&self) -> String {
        match &self.arguments {
            Some(types) => format!("drop function {}({})", self.name, types.join(", ")),
            None => format!("drop function {}", self.name),
        }
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}
