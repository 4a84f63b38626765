INSERT INTO held_back (enrollment_id, step, until_at) VALUES (:enrollment_id, :step, :until_at)
ON CONFLICT (enrollment_id) DO UPDATE SET step = excluded.step, until_at = excluded.until_at
