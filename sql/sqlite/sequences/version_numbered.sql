SELECT id, plan FROM versions WHERE sequence_id = :sequence_id AND number = :number
