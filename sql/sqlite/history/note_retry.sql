INSERT INTO retries (enrollment_id, step, device_id, code, variant, dispatched_at, answered_at, detail)
VALUES (:enrollment_id, :step, :device_id, :code, :variant, :dispatched_at, :answered_at, :detail)
