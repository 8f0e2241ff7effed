-- Take back: Nothing yet

-- to be decided
-- undo_nothing
