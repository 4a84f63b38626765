-- The first reason and date stay.
INSERT INTO suppressions (address, reason, since_at) VALUES (:address, :reason, :since_at)
ON CONFLICT DO NOTHING
