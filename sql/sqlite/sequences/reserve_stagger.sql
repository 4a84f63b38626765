-- One statement, so that two runs of enroll can't be given the same span.
UPDATE sequences SET stagger_at = max(stagger_at, :from) + :span WHERE id = :sequence_id
RETURNING stagger_at - :span
