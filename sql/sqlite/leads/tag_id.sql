SELECT id FROM tags WHERE name = :name
