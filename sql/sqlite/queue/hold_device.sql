UPDATE devices SET hold_reason = :reason, hold_until = :until, hold_detail = :detail WHERE id = :device_id
