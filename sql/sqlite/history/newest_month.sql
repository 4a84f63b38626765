SELECT month, first_id FROM months ORDER BY month DESC LIMIT 1
