-- Nobody was enrolled under one that was begun above the same id.
INSERT INTO key_names (above, instance)
VALUES (coalesce((SELECT max(id) FROM enrollments), 0), random())
ON CONFLICT (above) DO UPDATE SET instance = excluded.instance
