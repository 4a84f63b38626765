-- A count that is there: its state is not written again, so it is not checked against their list again.
UPDATE message_counts SET total = total + :change
WHERE sequence_id = :sequence_id AND step = :step AND state = :state AND reason = :reason
