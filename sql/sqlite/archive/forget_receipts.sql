DELETE FROM receipts WHERE enrollment_id = :enrollment_id AND step = :step
