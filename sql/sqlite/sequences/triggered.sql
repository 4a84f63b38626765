-- The first time stays.
UPDATE sequences SET triggered_at = coalesce(triggered_at, :now) WHERE id = :sequence_id
