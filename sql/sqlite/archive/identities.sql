SELECT id, enrollment_id, step FROM messages WHERE id > :after ORDER BY id LIMIT :limit
