-- The end of an event's time, cut off at 2106-02-07 06:28:15 UTC, the last one that ClickHouse can tell. The sum that was here before
-- wrapped beyond it, and events that were to be kept longest were deleted at once. ${expiry} is what "penstock clients set" sets, too.
-- With the setting, a change of the time only computes anew when parts end, and rewrites none of them.
ALTER TABLE ${database}.events_base ${cluster}
    MODIFY SETTING materialize_ttl_recalculate_only = 1;
ALTER TABLE ${database}.events_base ${cluster}
    MODIFY TTL ${expiry};
