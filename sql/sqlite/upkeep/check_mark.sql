SELECT last_id, ended_at FROM check_marks WHERE month = :month
