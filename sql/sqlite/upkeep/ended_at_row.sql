-- The newest row that is not beyond this one; a message that is tried again leaves a gap.
SELECT ended_at FROM history_0000_00 WHERE id <= :up_to ORDER BY id DESC LIMIT 1
