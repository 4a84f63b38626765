SELECT id FROM devices WHERE name = :name
