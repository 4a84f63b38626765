-- A device's own trouble never replaces the operator's pause.
UPDATE devices SET hold_reason = :reason, hold_until = :until, hold_detail = :detail
WHERE id = :device_id AND hold_reason IS NOT 'operator'
