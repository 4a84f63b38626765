SELECT sequence_id, step, state, CASE WHEN state IN ('failed','cancelled') THEN reason ELSE '' END, count(*)
FROM messages GROUP BY 1, 2, 3, 4
