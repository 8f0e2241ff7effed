//! The Rust of the documentation, as doc tests: one line for each page that has some. A test wants them all.

#[doc = include_str!("../../docs/alembic.md")]
struct Alembic;
#[doc = include_str!("../../docs/data.md")]
struct Data;
#[doc = include_str!("../../docs/guide-autogenerate.md")]
struct Autogenerate;
#[doc = include_str!("../../docs/application.md")]
struct Application;
#[doc = include_str!("../../docs/index.md")]
struct Index;
#[doc = include_str!("../../docs/production.md")]
struct Production;
#[doc = include_str!("../../docs/project.md")]
struct Project;
#[doc = include_str!("../../docs/schema.md")]
struct Schema;
#[doc = include_str!("../../docs/verify.md")]
struct Verify;
