use migrate_core::prelude::*;

/// The schema that was there
///
/// Not made by this, and to be made by hand:
/// - `clean` is an event
#[migration(revision = "aaaa", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_enum(enum_type("posts_state").values(["draft", "out"]));
    op.execute(
        "CREATE TABLE `users` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `mail` varchar(120) NOT NULL,
  `made_at` timestamp NOT NULL DEFAULT current_timestamp(),
  `changed_at` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  PRIMARY KEY (`id`),
  UNIQUE KEY `uq_users_mail` (`mail`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci",
    )
    .declares(|op| {
        op.create_table(
            table("users")
                .column(integer("id").unsigned().primary_key().identity())
                .column(varchar("mail", 120))
                .column(timestamptz("made_at").precision(0).default_now())
                .column(timestamptz("changed_at").precision(0).default_now())
                .constraint(unique(["mail"]).named("uq_users_mail")),
        );
        op.execute("SELECT 'and what its text says beside that'")
            .opaque("users")
            .undo_nothing();
    });
    op.create_table(
        table("posts")
            .column(bigint("id").primary_key().identity())
            .column(integer("user_id").unsigned())
            .column(varchar("title", 200).default("it's new"))
            .column(enumeration("state", "posts_state").default("draft"))
            .constraint(
                foreign_key(["user_id"])
                    .references("users", ["id"])
                    .on_delete(Cascade)
                    .named("fk_posts_user"),
            ),
    );
    op.create_index(
        index("ix_posts_title")
            .on("posts", ["title"])
            .mysql(|i| i.length("title", 20)),
    );
    op.execute(
        "CREATE TABLE `changes` (
  `post_id` bigint(20) NOT NULL,
  `at` datetime(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
  KEY `fk_changes_post` (`post_id`),
  CONSTRAINT `fk_changes_post` FOREIGN KEY (`post_id`) REFERENCES `posts` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci",
    )
    .declares(|op| {
        op.create_table(
            table("changes")
                .column(bigint("post_id"))
                .column(timestamp("at").precision(3).default_now())
                .constraint(
                    foreign_key(["post_id"])
                        .references("posts", ["id"])
                        .named("fk_changes_post"),
                ),
        );
        op.execute("SELECT 'and what its text says beside that'")
            .opaque("changes")
            .undo_nothing();
    });
    op.create_view(
        view("written")
            .query(
                r#"select "users"."mail" AS "mail",count(0) AS "posts" from ("users" join "posts" on("posts"."user_id" = "users"."id")) group by "users"."mail""#,
            ),
    );
}
