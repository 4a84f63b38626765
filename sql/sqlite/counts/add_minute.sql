INSERT INTO minutes (minute_at, sent, troubled) VALUES (:minute_at, :sent, :troubled)
ON CONFLICT (minute_at) DO UPDATE SET sent = sent + excluded.sent, troubled = troubled + excluded.troubled
