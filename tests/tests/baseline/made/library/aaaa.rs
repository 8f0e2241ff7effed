use migrate_core::prelude::*;

/// The schema that was there
#[migration(revision = "aaaa", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_extension("btree_gist");
    op.create_extension("pg_trgm");
    op.create_enum(enum_type("condition").values(["new", "worn", "damaged", "lost"]));
    op.create_enum(enum_type("medium").values([
        "book",
        "score",
        "film",
        "audio book",
        "board game",
    ]));
    op.create_enum(enum_type("reader_kind").values(["child", "student", "adult", "institution"]));
    op.execute(
            "CREATE DOMAIN isbn AS text CONSTRAINT isbn_check CHECK ((VALUE ~ '^[0-9]{9}([0-9]{3})?[0-9X]$'::text))",
        )
        .declares_nothing()
        .undo("DROP DOMAIN isbn");
    op.create_sequence(
        sequence("authors_id_seq")
            .start(1)
            .increment(1)
            .min_value(1)
            .max_value(9223372036854775807)
            .cache(1),
    );
    op.create_sequence(
        sequence("receipt_numbers")
            .start(1)
            .increment(1)
            .min_value(1)
            .max_value(9223372036854775807)
            .cache(20),
    );
    op.create_sequence(
        sequence("shelf_marks")
            .start(1000)
            .increment(10)
            .min_value(1000)
            .max_value(999990)
            .cache(1)
            .cycle()
            .postgres(|s| s.integer()),
    );
    op.create_sequence(
        sequence("staff_id_seq")
            .start(1)
            .increment(1)
            .min_value(1)
            .max_value(2147483647)
            .cache(1)
            .postgres(|s| s.integer()),
    );
    op.create_function(
        function("add_reader")
            .returns("trigger")
            .language("plpgsql")
            .options("SECURITY DEFINER SET search_path TO 'public', 'pg_temp'")
            .body(
                "
BEGIN
    INSERT INTO readers (card, name) VALUES (NEW.card, NEW.name);
    RETURN NEW;
END
",
            ),
    );
    op.create_function(
        function("note_condition")
            .returns("trigger")
            .language("plpgsql")
            .body(
                "
BEGIN
    -- What it was before is kept: 'new' comes first.
    NEW.history := OLD.history || OLD.condition;
    RETURN NEW;
END
",
            ),
    );
    op.create_function(
        function("renew")
            .procedure()
            .argument("copy", "uuid")
            .in_out_argument_or("times", "integer", "1")
            .language("plpgsql")
            .body(
                "
BEGIN
    UPDATE loans SET renewals = renewals + times WHERE copy_id = copy AND upper_inf(during)
        RETURNING renewals INTO times;
END
",
            ),
    );
    op.create_table(
        table("authors")
            .column(
                bigint("id")
                    .primary_key()
                    .default_sql("nextval('authors_id_seq'::regclass)"),
            )
            .column(text("name").collate("C"))
            .column(smallint("born").nullable())
            .column(smallint("died").nullable())
            .column(text("also_known_as").array().nullable())
            .column(text("biography").nullable())
            .constraint(check("died >= born").named("authors_life")),
    );
    op.create_index(index("authors_life").on(
        "authors",
        [desc("born").nulls_last(), asc("died").nulls_first()],
    ));
    op.create_index(
        index("authors_name_trgm")
            .on("authors", ["name"])
            .postgres(|i| i.using("gin").ops("name", "gin_trgm_ops")),
    );
    op.create_index(
        index("authors_names")
            .on("authors", ["also_known_as"])
            .postgres(|i| i.using("gin").with("fastupdate", "off")),
    );
    op.create_table(
        table("staff")
            .column(
                integer("id")
                    .primary_key()
                    .default_sql("nextval('staff_id_seq'::regclass)"),
            )
            .column(smallint("branch_id"))
            .column(
                integer("boss_id")
                    .nullable()
                    .references("staff", "id")
                    .on_delete(SetNull),
            )
            .column(text("name"))
            .column(text("email"))
            .column(numeric("hourly", 6, 2).default(decimal("14.5")))
            .column(binary("photo").nullable())
            .column(timestamptz("hired_at").default_sql("now()"))
            .column(timestamptz("left_at").nullable())
            .column(jsonb("preferences").default(r#"{"lists": [], "mails": true}"#))
            .constraint(check("left_at IS NULL OR left_at > hired_at").named("staff_left_later"))
            .constraint(check("boss_id IS DISTINCT FROM id").named("staff: not one's own boss")),
    );
    op.create_index(
        index("staff_branch_id_name_email_idx")
            .on("staff", ["branch_id"])
            .postgres(|i| i.include(["name", "email"])),
    );
    op.create_index(
        index("staff_email_key")
            .on("staff", [expr("lower(email)")])
            .unique()
            .filter("left_at IS NULL"),
    );
    op.create_table(
        table("branches")
            .column(
                smallint("id")
                    .primary_key()
                    .identity()
                    .postgres(|i| i.always().start(1).increment(1)),
            )
            .column(varchar("name", 80).unique())
            .column(integer("head_id").nullable())
            .column(text("street"))
            .column(char("zip", 5))
            .column(time("opens").default("09:00:00"))
            .column(time("closes").default("18:30:00"))
            .column(
                text("days")
                    .array()
                    .default("{mon,tue,wed,thu,fri}")
                    .check("cardinality(days) >= 1 AND cardinality(days) <= 7"),
            )
            .column(date("opened_on").nullable())
            .column(custom("place", "point").nullable())
            .column(inet("network").nullable())
            .constraint(
                foreign_key(["head_id"])
                    .references("staff", ["id"])
                    .on_delete(SetNull)
                    .on_update(Cascade)
                    .initially_deferred(),
            )
            .constraint(
                check("closes > opens AND (closes - opens) >= '02:00:00'::interval")
                    .named("branches_open_for_a_while"),
            ),
    );
    op.create_table(
        table("works")
            .column(bigint("id").primary_key().identity().postgres(|i| i.start(100).increment(5)))
            .column(text("title"))
            .column(text("subtitle").nullable())
            .column(
                text("whole_title")
                    .nullable()
                    .generated("title || COALESCE(': '::text || subtitle, ''::text)"),
            )
            .column(char("language", 2).default("en"))
            .column(date("first_published").nullable())
            .column(
                custom("words", "tsvector")
                    .nullable()
                    .generated(
                        "to_tsvector('english'::regconfig, (title || ' '::text) || COALESCE(subtitle, ''::text))",
                    ),
            )
            .column(
                bigint("part_of")
                    .nullable()
                    .references("works", "id")
                    .comment(
                        "the work that this one is a part of
(a volume of a series, a movement of a symphony)",
                    ),
            )
            .column(smallint("part").nullable())
            .constraint(
                unique(["part_of", "part", "title"]).postgres(|u| {
                    u.nulls_not_distinct();
                }),
            )
            .comment("What was written, composed or filmed; it's not what stands on a shelf."),
    );
    op.create_index(
        index("works_published")
            .on("works", ["first_published"])
            .postgres(|i| i.using("brin").with("pages_per_range", 16)),
    );
    op.create_index(
        index("works_title")
            .on("works", [expr("lower(title)"), desc("first_published")])
            .postgres(|i| i.ops("lower(title)", "text_pattern_ops")),
    );
    op.create_index(
        index("works_words")
            .on("works", ["words"])
            .postgres(|i| i.using("gin")),
    );
    op.create_table(
        table("editions")
            .column(bigint("work_id").references("works", "id"))
            .column(smallint("number"))
            .column(enumeration("medium", "medium").default("book"))
            .column(custom("isbn", "isbn").nullable().unique())
            .column(text("publisher").nullable())
            .column(integer("pages").nullable().check("pages > 0"))
            .column(interval("minutes").nullable())
            .column(date("published"))
            .column(numeric("price", 8, 2).nullable())
            .column(char("currency", 3).default("EUR"))
            .column(binary("cover").nullable().default(b"\xff\x00"))
            .column(json("details").nullable())
            .primary_key(["work_id", "number"])
            .constraint(
                check("(price IS NULL OR price >= 0::numeric) AND currency ~ '^[A-Z]{3}$'::text")
                    .named("editions_price"),
            )
            .constraint(
                check(
                    "
CASE medium
    WHEN 'book'::medium THEN minutes IS NULL
    WHEN 'score'::medium THEN minutes IS NULL
    WHEN 'board game'::medium THEN pages IS NULL
    ELSE true
END",
                )
                .named("editions_length"),
            ),
    );
    op.create_table(
        table("copies")
            .column(uuid("id").primary_key().default_sql("gen_random_uuid()"))
            .column(bigint("work_id"))
            .column(smallint("edition"))
            .column(
                smallint("branch_id")
                    .nullable()
                    .references("branches", "id")
                    .on_delete(SetNull),
            )
            .column(integer("shelf_mark").default_sql("nextval('shelf_marks'::regclass)"))
            .column(enumeration("condition", "condition").default("new"))
            .column(enumeration("history", "condition").array().default("{}"))
            .column(timestamp("bought_at").default_now())
            .constraint(
                foreign_key(["work_id", "edition"])
                    .references("editions", ["work_id", "number"])
                    .on_update(Cascade),
            ),
    );
    op.create_index(
        index("copies_mark")
            .on("copies", ["shelf_mark"])
            .postgres(|i| i.using("hash")),
    );
    op.create_index(
        index("copies_of")
            .on("copies", ["work_id", "edition"])
            .filter("condition <> 'lost'::condition AND condition <> 'damaged'::condition"),
    );
    op.create_table(
        table("readers")
            .column(
                integer("id")
                    .primary_key()
                    .identity()
                    .postgres(|i| i.always().start(1).increment(1)),
            )
            .column(varchar("card", 16))
            .column(enumeration("kind", "reader_kind").default("adult"))
            .column(varchar("name", 120))
            .column(date("birthday").nullable())
            .column(
                integer("guardian_id")
                    .nullable()
                    .references("readers", "id")
                    .on_delete(Restrict),
            )
            .column(jsonb("address").nullable())
            .column(
                text("city")
                    .nullable()
                    .generated("address ->> 'city'::text"),
            )
            .column(
                boolean("select")
                    .default(false)
                    .comment(r#"whether they see the "selected works""#),
            )
            .column(
                real("limits")
                    .array()
                    .nullable()
                    .default_sql("ARRAY[5::real, 2.5::real]"),
            )
            .constraint(unique(["card"]).postgres(|u| {
                u.include(["name"]);
            }))
            .constraint(
                check("kind <> 'child'::reader_kind OR guardian_id IS NOT NULL")
                    .named("readers_children_have_a_guardian"),
            ),
    );
    op.create_index(
        index("readers_address")
            .on("readers", ["address"])
            .postgres(|i| i.using("gin").ops("address", "jsonb_path_ops")),
    );
    op.create_index(
        index("readers_city")
            .on("readers", [expr("address ->> 'city'::text")])
            .key("name")
            .filter("address IS NOT NULL"),
    );
    op.create_table(
        table("fees")
            .column(
                bigint("id")
                    .identity()
                    .postgres(|i| i.always().start(1).increment(1)),
            )
            .column(integer("reader_id").references("readers", "id"))
            .column(
                bigint("receipt")
                    .nullable()
                    .default_sql("nextval('receipt_numbers'::regclass)"),
            )
            .column(money("amount"))
            .column(text("reason"))
            .column(date("billed_on").default_now())
            .primary_key(["billed_on", "id"])
            .partition_by_range(["billed_on"]),
    );
    op.create_partition(
        partition("fees_2024")
            .of("fees")
            .from_to("'2024-01-01'", "'2025-01-01'"),
    );
    op.create_partition(
        partition("fees_2025")
            .of("fees")
            .from_to("'2025-01-01'", "'2026-01-01'"),
    );
    op.create_partition(partition("fees_later").of("fees").default_partition());
    op.create_index(
        index("fees_reader")
            .on("fees", ["reader_id"])
            .key(desc("billed_on")),
    );
    op.create_table(
        table("loans")
            .column(uuid("copy_id").references("copies", "id"))
            .column(integer("reader_id"))
            .column(range("during", RangeType::Tstz))
            .column(
                smallint("returned_to")
                    .nullable()
                    .references("branches", "id"),
            )
            .column(smallint("renewals").default(0))
            .constraint(
                foreign_key(["reader_id"])
                    .references("readers", ["id"])
                    .on_delete(Cascade)
                    .deferrable(),
            )
            .constraint(check("renewals >= 0 AND renewals <= 3").named("loans_renewals"))
            .constraint(
                exclude("gist")
                    .with("copy_id", "=")
                    .with("during", "&&")
                    .named("loans_one_at_a_time"),
            )
            .constraint(
                exclude("gist")
                    .with("copy_id", "=")
                    .with(expr("upper(during)"), "=")
                    .filter("returned_to IS NOT NULL")
                    .initially_deferred()
                    .named("loans_no_double_return"),
            )
            .comment("one row for each time that a copy was borrowed")
            .postgres(|t| {
                t.with("fillfactor", 80)
                    .with("autovacuum_vacuum_scale_factor", "0.05")
            }),
    );
    op.create_index(
        index("loans_open")
            .on("loans", ["reader_id", "copy_id"])
            .filter("upper_inf(during)"),
    );
    op.create_table(
        table("searches")
            .column(
                timestamptz("at")
                    .precision(3)
                    .default_sql("clock_timestamp()"),
            )
            .column(text("words"))
            .column(integer("hits").nullable())
            .postgres(|t| t.unlogged()),
    );
    op.create_table(
        table("written_by")
            .column(
                bigint("work_id")
                    .references("works", "id")
                    .on_delete(Cascade),
            )
            .column(
                bigint("author_id")
                    .references("authors", "id")
                    .on_delete(Cascade),
            )
            .column(text("as_what").default("author"))
            .column(smallint("place").default(1))
            .primary_key(["work_id", "author_id", "as_what"])
            .constraint(
                unique(["work_id", "place"])
                    .deferrable()
                    .named("written_by_place"),
            ),
    );
    op.create_index(index("written_by_author_id_idx").on("written_by", ["author_id"]));
    op.create_foreign_key(
        "staff",
        foreign_key(["branch_id"])
            .references("branches", ["id"])
            .on_delete(Restrict),
    );
    op.alter_sequence("authors_id_seq")
        .owned_by("authors", "id");
    op.alter_sequence("shelf_marks")
        .owned_by("copies", "shelf_mark");
    op.alter_sequence("staff_id_seq").owned_by("staff", "id");
    op.create_function(
        function("in_any")
            .argument("branch", "text")
            .variadic_or("branches", "text[]", "'{}'::text[]")
            .returns("boolean")
            .language("sql")
            .options("IMMUTABLE")
            .body("SELECT branch = ANY (branches)"),
    );
    op.create_function(
        function("is_open")
            .argument("branch", "smallint")
            .argument_or("at", "timestamp with time zone", "now()")
            .returns("boolean")
            .language("sql")
            .options("STABLE PARALLEL SAFE")
            .body(
                "
    SELECT at::time BETWEEN opens AND closes
        AND to_char(at, 'dy') = ANY (days)
    FROM branches WHERE id = branch
",
            ),
    );
    op.create_function(
        function("overdue")
            .out_argument("copy", "uuid")
            .out_argument("reader", "integer")
            .out_argument("since", "timestamp with time zone")
            .returns("SETOF record")
            .language("sql")
            .options("STABLE ROWS 50")
            .body(
                "SELECT copy_id, reader_id, upper(during) FROM loans WHERE returned_to IS NULL AND upper(during) < now()",
            ),
    );
    op.create_view(view("borrowed").query(
        "SELECT r.name AS reader,
    w.whole_title AS title,
    lower(l.during) AS since,
    e.medium
   FROM loans l
     JOIN readers r ON r.id = l.reader_id
     JOIN copies c ON c.id = l.copy_id
     JOIN editions e ON e.work_id = c.work_id AND e.number = c.edition
     JOIN works w ON w.id = c.work_id
  WHERE upper_inf(l.during)",
    ));
    op.create_view(view("busiest").query(
        "WITH RECURSIVE parts(whole, part) AS (
         SELECT works.id,
            works.id
           FROM works
          WHERE works.part_of IS NULL
        UNION ALL
         SELECT parts_1.whole,
            works.id
           FROM parts parts_1
             JOIN works ON works.part_of = parts_1.part
        )
 SELECT parts.whole,
    count(*) AS parts,
    rank() OVER (ORDER BY (count(*)) DESC) AS place
   FROM parts
  GROUP BY parts.whole",
    ));
    op.create_view(
        view("children")
            .query(
                "SELECT readers.id,
    readers.card,
    readers.name
   FROM readers
  WHERE readers.kind = 'child'::reader_kind",
            )
            .local_check_option()
            .postgres(|v| v.security_barrier()),
    );
    op.create_view(
        view("popular")
            .query(
                "SELECT borrowed.title,
    count(*) AS readers,
    max(borrowed.since) AS latest
   FROM borrowed
  GROUP BY borrowed.title",
            )
            .materialized(),
    );
    op.create_index(
        index("popular_readers").on("popular", [desc("readers"), expr("lower(title)")]),
    );
    op.create_index(index("popular_title").on("popular", ["title"]).unique());
    op.create_view(view("shelves").query(
        "SELECT b.name,
    count(*) FILTER (WHERE c.condition = 'new'::condition) AS fresh,
    count(*) AS all_of_them
   FROM branches b
     LEFT JOIN copies c ON c.branch_id = b.id
  GROUP BY b.name
 HAVING count(*) > 0
  ORDER BY b.name",
    ));
    op.create_trigger(
        trigger("copies_condition")
            .before_update()
            .of(["condition"])
            .on("copies")
            .when("old.condition IS DISTINCT FROM new.condition")
            .execute_function("note_condition"),
    );
    op.create_trigger(
        trigger("readers_by_view")
            .instead_of_insert()
            .on("children")
            .execute_function("add_reader"),
    );
}
