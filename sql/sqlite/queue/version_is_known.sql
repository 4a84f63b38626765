SELECT 1 FROM versions WHERE id = :version_id AND sequence_id = :sequence_id
