//! What is written from `shop.sql`.

migrate_core::migrations!("tests/baseline/made/shop");
