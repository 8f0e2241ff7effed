-- revision: c, down_revision: b, opaque: [orders]
-- Count orders

CREATE FUNCTION count_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE totals SET orders = orders + 1;
    RETURN NEW;
END;
$$;

CREATE TRIGGER count_orders AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION count_order();

DO $body$ BEGIN PERFORM 1; END; $body$;
