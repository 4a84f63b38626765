INSERT INTO archives (month, first_id, last_id, messages, archived_at)
VALUES (:month, :first_id, :last_id, :messages, :now)
