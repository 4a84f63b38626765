-- A count that is there, as in `raise_messages`.
UPDATE enrollment_counts SET total = total + :change WHERE sequence_id = :sequence_id AND state = :state
