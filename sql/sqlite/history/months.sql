SELECT month, first_id FROM months ORDER BY month
