-- The history row that a claim's message follows, when one was written after the claim.
UPDATE processing SET previous_id = :previous_id WHERE enrollment_id = :enrollment_id
