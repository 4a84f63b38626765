DELETE FROM recipients WHERE device_id = :device_id AND day < :day
