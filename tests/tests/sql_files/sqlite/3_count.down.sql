DROP TRIGGER count_orders;
