-- A device's own trouble never ends a hold early: a rate limit must not end the operator's pause.
UPDATE devices SET hold_reason = :reason, hold_until = :until, hold_detail = :detail
WHERE id = :device_id AND (hold_reason IS NULL OR hold_until < coalesce(:until, :far_future))
