UPDATE sequences SET triggered_at = :now WHERE id = :sequence_id
