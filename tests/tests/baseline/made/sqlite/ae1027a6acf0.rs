use migrate_core::prelude::*;

/// The schema that was there
#[migration(revision = "ae1027a6acf0", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("users")
            .column(integer("id").primary_key().identity())
            .column(varchar("mail", 120).collate("NOCASE").unique())
            .column(numeric("balance", 10, 2).default(decimal("0")))
            .column(timestamp("made_at").default_now())
            .constraint(check("balance >= 0").named("ck_users_balance")),
    );
    op.create_table(
        table("posts")
            .column(integer("id"))
            .column(integer("user_id"))
            .column(text("title").default("it's new"))
            .column(text("body").nullable())
            .constraint(primary_key(["id"]).named("pk_posts"))
            .constraint(
                foreign_key(["user_id"])
                    .references("users", ["id"])
                    .on_delete(Cascade)
                    .named("fk_posts_user_id_users"),
            ),
    );
    op.create_index(
        index("ix_posts_user_id")
            .on("posts", ["user_id"])
            .key(desc("title"))
            .filter("body IS NOT NULL"),
    );
    op.create_view(
        view("written")
            .query(
                "SELECT users.mail, count(*) AS posts FROM users JOIN posts ON posts.user_id = users.id GROUP BY users.mail",
            ),
    );
    op.create_trigger(
        trigger("posts_are_found")
            .after_insert()
            .on("posts")
            .body("INSERT INTO found (docid, title, body) VALUES (NEW.id, NEW.title, NEW.body)"),
    );
    op.execute("CREATE VIRTUAL TABLE found USING fts4(title, body)")
        .opaque("found")
        .opaque("found_content")
        .opaque("found_docsize")
        .opaque("found_segdir")
        .opaque("found_segments")
        .opaque("found_stat")
        .undo(r#"DROP TABLE "found""#);
}
