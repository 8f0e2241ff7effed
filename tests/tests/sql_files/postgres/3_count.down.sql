DROP TRIGGER count_orders ON orders;
DROP FUNCTION count_order();
