//! What stands between the parentheses of `migrations!(…)`.

use migrate_model::revision::Rules;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitStr, Path, Token};

/// `"src/versions", "src/billing", multiple_heads`
pub(crate) struct Migrations {
    /// The folders of the migration files; one at least.
    pub(crate) folders: Vec<LitStr>,
    /// What this chain may have more than one of.
    pub(crate) rules: Rules,
    /// How it calls what is given no name.
    pub(crate) naming: Option<Path>,
}

impl Parse for Migrations {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let folder = input.parse().map_err(|error| {
            Error::new(
                error.span(),
                "name the folder of the migrations: migrations!(\"src/versions\")",
            )
        })?;
        let mut folders = vec![folder];
        let mut rules = Rules { multiple_heads: false, multiple_bases: false };
        let mut naming = None;
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            if input.peek(LitStr) {
                folders.push(input.parse()?);
                continue;
            }
            let word: Ident = input.parse()?;
            match word.to_string().as_str() {
                "multiple_heads" => rules.multiple_heads = true,
                "multiple_bases" => rules.multiple_bases = true,
                "naming" => {
                    input.parse::<Token![=]>()?;
                    naming = Some(input.parse::<Path>().map_err(|error| {
                        Error::new(error.span(), "name a constant here: naming = crate::NAMING")
                    })?);
                }
                _ => {
                    return Err(Error::new(
                        word.span(),
                        "say `multiple_heads`, `multiple_bases`, `naming = crate::NAMING` or another folder here, or nothing",
                    ));
                }
            }
        }
        Ok(Migrations { folders, rules, naming })
    }
}
