SELECT count(*) FROM recipients WHERE device_id = :device_id AND day = :day
