INSERT INTO archive (instance, month, archived_at) VALUES (:instance, :month, :now)
