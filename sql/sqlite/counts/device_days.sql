SELECT device_id, sent, failed, unknown, retried FROM device_days WHERE day = :day ORDER BY device_id
