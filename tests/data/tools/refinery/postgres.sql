-- made by refinery 0.9.2
CREATE TABLE public.orders (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    total numeric(12,2) DEFAULT 0 NOT NULL
);
CREATE TABLE public.refinery_schema_history (
    version integer NOT NULL,
    name character varying(255),
    applied_on character varying(255),
    checksum character varying(255)
);
CREATE TABLE public.users (
    id bigint NOT NULL,
    email character varying(120) NOT NULL,
    name character varying(80)
);
INSERT INTO public.refinery_schema_history VALUES (1, 'create_users', '2026-11-27T15:34:42.518655572Z', '2215064358586162225');
INSERT INTO public.refinery_schema_history VALUES (2, 'create_orders', '2026-11-27T15:34:42.518676864Z', '12009350652145702967');
INSERT INTO public.refinery_schema_history VALUES (3, 'add_user_name', '2026-11-27T15:34:42.518679238Z', '18178089718236568736');
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.refinery_schema_history
    ADD CONSTRAINT refinery_schema_history_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX orders_user_id_idx ON public.orders USING btree (user_id);
CREATE INDEX users_name_idx ON public.users USING btree (name);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
