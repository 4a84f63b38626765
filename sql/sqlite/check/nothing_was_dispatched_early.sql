-- No message was dispatched before it was due.
SELECT 'enrollment ' || enrollment_id || ', step ' || step || ': due at ' || due_at || ', marked at ' || dispatched_at
FROM history_0000_00 WHERE id > :after AND id <= :up_to AND dispatched_at < due_at
