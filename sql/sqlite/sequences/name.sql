SELECT name FROM sequences WHERE id = :sequence_id
