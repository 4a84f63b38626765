-- Only from where the marks stand: another check may have come further meanwhile, or begun anew.
INSERT INTO check_marks (month, last_id, ended_at)
SELECT :month, :last_id, :ended_at
WHERE :from_id = (SELECT first_id - 1 FROM months WHERE month = :month)
   OR EXISTS (SELECT 1 FROM check_marks WHERE month = :month)
ON CONFLICT (month) DO UPDATE SET last_id = excluded.last_id, ended_at = excluded.ended_at
WHERE last_id = :from_id
