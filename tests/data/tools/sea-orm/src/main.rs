//! Migrates the database of a URL with sea-orm-migration: `made-by-sea-orm URL`.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, decimal_len, string_len, string_len_null},
    sea_orm::Database,
};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(CreateUsers), Box::new(CreateOrders), Box::new(AddUserName)]
    }
}

struct CreateUsers;

impl MigrationName for CreateUsers {
    fn name(&self) -> &str {
        "m20240101_000001_create_users"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateUsers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = Table::create()
            .table("users")
            .col(big_integer("id").primary_key())
            .col(string_len("email", 120))
            .to_owned();
        manager.create_table(users).await?;
        let key =
            Index::create().unique().name("users_email_key").table("users").col("email").to_owned();
        manager.create_index(key).await
    }
}

struct CreateOrders;

impl MigrationName for CreateOrders {
    fn name(&self) -> &str {
        "m20240102_000001_create_orders"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateOrders {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = ForeignKey::create()
            .name("orders_user_id_fkey")
            .from("orders", "user_id")
            .to("users", "id")
            .to_owned();
        let orders = Table::create()
            .table("orders")
            .col(big_integer("id").primary_key())
            .col(big_integer("user_id"))
            .col(decimal_len("total", 12, 2).default(0))
            .foreign_key(&mut key)
            .to_owned();
        manager.create_table(orders).await?;
        let index = Index::create().name("orders_user_id_idx").table("orders").col("user_id").to_owned();
        manager.create_index(index).await
    }
}

struct AddUserName;

impl MigrationName for AddUserName {
    fn name(&self) -> &str {
        "m20240103_000001_add_user_name"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddUserName {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = Table::alter().table("users").add_column(string_len_null("name", 80)).to_owned();
        manager.alter_table(users).await?;
        let index = Index::create().name("users_name_idx").table("users").col("name").to_owned();
        manager.create_index(index).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("it takes a URL")?;
    Migrator::up(&Database::connect(url).await?, None).await?;
    Ok(())
}
