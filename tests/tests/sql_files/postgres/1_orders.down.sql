DROP TABLE totals;
DROP TABLE orders;
