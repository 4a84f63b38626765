-- Messages of it are being sent: their settlements will find this and create nothing.
UPDATE processing SET stop_reason = :reason WHERE enrollment_id = :enrollment_id
