SELECT 1 FROM recipients WHERE device_id = :device_id AND day = :day AND lead_id = :lead_id
