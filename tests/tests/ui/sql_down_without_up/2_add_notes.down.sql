ALTER TABLE orders DROP notes;
