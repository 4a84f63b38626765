-- Its message is being sent: the settlement will find this and create nothing.
UPDATE processing SET stop_reason = :reason WHERE enrollment_id = :enrollment_id
