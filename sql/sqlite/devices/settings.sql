SELECT id, settings FROM devices WHERE name = :name
