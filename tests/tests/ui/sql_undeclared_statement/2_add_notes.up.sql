-- revision: 3f2a9c41b7d0, down_revision: ae1027a6acf0
-- Add notes

ALTER TABLE orders ADD notes text;
CALL fill_notes();
