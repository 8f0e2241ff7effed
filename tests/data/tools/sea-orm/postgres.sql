-- made by sea-orm-migration 1.1.20
CREATE TABLE public.orders (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    total numeric(12,2) DEFAULT 0 NOT NULL
);
CREATE TABLE public.seaql_migrations (
    version character varying NOT NULL,
    applied_at bigint NOT NULL
);
CREATE TABLE public.users (
    id bigint NOT NULL,
    email character varying(120) NOT NULL,
    name character varying(80)
);
INSERT INTO public.seaql_migrations VALUES ('m20240101_000001_create_users', 1795793682);
INSERT INTO public.seaql_migrations VALUES ('m20240102_000001_create_orders', 1795793682);
INSERT INTO public.seaql_migrations VALUES ('m20240103_000001_add_user_name', 1795793682);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.seaql_migrations
    ADD CONSTRAINT seaql_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX orders_user_id_idx ON public.orders USING btree (user_id);
CREATE UNIQUE INDEX users_email_key ON public.users USING btree (email);
CREATE INDEX users_name_idx ON public.users USING btree (name);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
