-- The first of a count; `raise_enrollments` adds to it.
INSERT INTO enrollment_counts (sequence_id, state, total) VALUES (:sequence_id, :state, :change)
