-- made by sqlx 0.8.6
CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);
CREATE TABLE public.orders (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    total numeric(12,2) DEFAULT 0 NOT NULL
);
CREATE TABLE public.users (
    id bigint NOT NULL,
    email character varying(120) NOT NULL,
    name character varying(80)
);
INSERT INTO public._sqlx_migrations VALUES (20240101000000, 'create users', '2026-11-27 15:34:42.90724+00', true, '\x90d86fc702b09bfc0c75199d54faff3f3e56ca90556e47640c3843bc7e2f91544d2320422bbd705ebe9310e270020dfe', 2682543);
INSERT INTO public._sqlx_migrations VALUES (20240102000000, 'create orders', '2026-11-27 15:34:42.910216+00', true, '\x99509f5c5ffb0cb46e7c3b70a9182c8d698b5a5e62fc5e0b1509f554b291792da5576e3c806ff86b30854fc089211b8d', 2609273);
INSERT INTO public._sqlx_migrations VALUES (20240103000000, 'add user name', '2026-11-27 15:34:42.91295+00', true, '\x6737a50b61b1ed2eb2cccc24a9592b01bcd38ebb7d2b0a8717ec55512e6708166665e0ccffaf2cc2a8e32f9236a88a1f', 1040452);
ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX orders_user_id_idx ON public.orders USING btree (user_id);
CREATE INDEX users_name_idx ON public.users USING btree (name);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
