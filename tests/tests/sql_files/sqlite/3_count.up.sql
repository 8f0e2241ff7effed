-- revision: c, down_revision: b
-- Count orders

CREATE TRIGGER count_orders AFTER INSERT ON orders BEGIN
    UPDATE totals SET orders = orders + CASE WHEN NEW.quantity > 0 THEN 1 ELSE 0 END;
    UPDATE orders SET notes = 'counted; once' WHERE id = NEW.id;
END;
