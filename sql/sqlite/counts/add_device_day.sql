INSERT INTO device_days (day, device_id, sent, failed, unknown, retried)
VALUES (:day, :device_id, :sent, :failed, :unknown, :retried)
ON CONFLICT (day, device_id) DO UPDATE SET sent = sent + excluded.sent,
  failed = failed + excluded.failed, unknown = unknown + excluded.unknown,
  retried = retried + excluded.retried
