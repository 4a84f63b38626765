DELETE FROM forgotten WHERE dispatched_at < :before
