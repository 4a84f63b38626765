UPDATE sequences SET state = :state WHERE id = :sequence_id
