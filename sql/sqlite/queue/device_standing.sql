-- Whether a device may dispatch: read in the claim's transaction, so that a pause holds from its commit on.
SELECT enabled, hold_reason, hold_until, hold_detail FROM devices WHERE id = :device_id
