-- The first of a count; `raise_enrollments` adds to it.
INSERT INTO enrollment_counts (total, sequence_id, state) VALUES (:change, :sequence_id, :state)
