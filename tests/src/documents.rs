//! The Rust of the documentation, as doc tests: one line for each page that has some. A test wants them all.

#[doc = include_str!("../../docs/application.md")]
struct Application;
#[doc = include_str!("../../docs/index.md")]
struct Index;
#[doc = include_str!("../../docs/schema.md")]
struct Schema;
#[doc = include_str!("../../docs/verify.md")]
struct Verify;
