CREATE UNIQUE INDEX messages_by_identity ON messages (enrollment_id, step)
