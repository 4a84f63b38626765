SELECT sequence_id, number, plan FROM versions WHERE id = :version_id
