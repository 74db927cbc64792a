package io.penstock.provisioning.doctor;

import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.RedisConfig;
import java.time.Duration;
import java.util.List;

/** Judges Redis's answers. */
final class RedisChecks {
  private RedisChecks() {}

  static List<Finding> judge(RedisLook.Facts facts, RedisConfig config) {
    Duration lookUpTimeout = config.timeout();
    Findings findings = new Findings();
    findings.add(Finding.ok(facts.version()));
    if (facts.primary() != null) {
      findings.add(
          Finding.error(
              "it is a replica of "
                  + facts.primary()
                  + ": what changes cannot be deleted here, and routers at the primary hear of nothing",
              "point penstock.redis.url, in every process, to the primary " + facts.primary()));
    } else if (facts.refused() != null) {
      findings.add(
          Finding.error(
              "a key cannot be written and deleted: " + facts.refused(),
              "allow the user ~penstock:* with +set +get +del +mget (ACL SETUSER), or free memory"));
    }
    findings.warning(
        config.signingSecret() == null,
        ConfigKeys.REDIS_SIGNING_SECRET.name()
            + " is not set: routers read no client from Redis, and ask PostgreSQL instead",
        "openssl rand -hex 32, the same for all routers and ./penstock doctor");
    if (facts.listeners() < 0) {
      findings.add(
          Finding.note(
              "this user may not ask how many routers listen", "ACL SETUSER ... +pubsub|numsub"));
    } else if (facts.listeners() == 0) {
      findings.add(Finding.note("no router listens to changes of clients", "./penstock router"));
    } else {
      findings.add(
          Finding.ok(
              facts.listeners() == 1
                  ? "1 router listens"
                  : "%d routers listen".formatted(facts.listeners())));
    }
    findings.warning(
        facts.roundTrip().compareTo(lookUpTimeout) > 0,
        "an answer takes %d ms, more than the %d ms after which routers pass Redis by"
            .formatted(facts.roundTrip().toMillis(), lookUpTimeout.toMillis()),
        "raise penstock.redis.timeout, or place Redis nearer");
    facts.clock().judge("Redis").ifPresent(findings::add);
    return findings.all();
  }
}
