DELETE FROM check_marks
