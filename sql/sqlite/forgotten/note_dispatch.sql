-- Another device may have sent it; this one's suppressions are judged by the newest dispatch all the same.
UPDATE paces SET last_dispatch_at = max(coalesce(last_dispatch_at, 0), :at) WHERE device_id = :device_id
