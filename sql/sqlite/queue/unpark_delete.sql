DELETE FROM parked WHERE sequence_id = :sequence_id
