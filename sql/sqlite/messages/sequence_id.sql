SELECT id FROM sequences WHERE name = :name
