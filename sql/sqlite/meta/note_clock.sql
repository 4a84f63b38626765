UPDATE meta SET boot = :boot, booted_at = :booted_at, clock_set_at = CASE :by_ms
  WHEN 0 THEN clock_set_at
  ELSE (SELECT coalesce(max(newest_mark_at), 0) FROM paces)
END
