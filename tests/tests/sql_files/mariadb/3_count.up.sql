-- revision: c, down_revision: b
-- Count orders

DELIMITER //
CREATE TRIGGER count_orders AFTER INSERT ON orders FOR EACH ROW
BEGIN
    UPDATE totals SET orders = orders + 1;
END//

CREATE PROCEDURE recount(IN least bigint)
IF least > 0 THEN
    UPDATE totals SET orders = (SELECT count(*) FROM orders WHERE quantity >= least);
END IF//
DELIMITER ;
