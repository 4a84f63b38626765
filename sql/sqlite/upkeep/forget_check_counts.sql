DELETE FROM check_counts
