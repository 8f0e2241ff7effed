DROP TRIGGER count_orders;
DROP PROCEDURE recount;
