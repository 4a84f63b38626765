SELECT (SELECT turn FROM check_turns), (SELECT coalesce(max(id), 0) FROM enrollments),
       (SELECT coalesce(max(id), 0) FROM leads)
