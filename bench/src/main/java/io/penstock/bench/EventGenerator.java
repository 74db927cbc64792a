package io.penstock.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Makes product-analytics events of 520 bytes on average, the same for the same seed. Not
 * thread-safe.
 */
final class EventGenerator {
  private static final List<String> NAMES =
      List.of("page_viewed", "product_viewed", "product_added", "checkout_started", "order_placed");
  private static final List<String> CATEGORIES = List.of("garden", "kitchen", "toys", "books");
  private static final long START_MILLIS = 1_767_225_600_000L; // 2026-01-01T00:00:00Z
  private static final long SPREAD_MILLIS = 20L * 24 * 3600 * 1000;

  private final SplittableRandom random;

  EventGenerator(long seed) {
    random = new SplittableRandom(seed);
  }

  /** The next event of a client. */
  byte[] next(String clientId, String apiKeyHash) {
    return """
    {"client_id":"%s","api_key_hash":"%s","event_id":"%s","event_name":"%s","event_time":%d,\
    "user_id":"user-%d","session_id":"s-%016x","event_properties":{"url":"https://shop.example.com/%s/%d",\
    "referrer":"https://search.example.org/?q=%x","sku":"SKU-%06d","price":%d.%02d,"currency":"EUR",\
    "quantity":%d,"category":"%s","position":%d,"logged_in":%b}}\
    """
        .formatted(
            clientId,
            apiKeyHash,
            new UUID(random.nextLong(), random.nextLong()),
            pick(NAMES),
            START_MILLIS + random.nextLong(SPREAD_MILLIS),
            random.nextInt(50_000),
            random.nextLong(),
            pick(CATEGORIES),
            random.nextInt(100_000),
            random.nextLong(),
            random.nextInt(1_000_000),
            random.nextInt(500),
            random.nextInt(100),
            1 + random.nextInt(5),
            pick(CATEGORIES),
            random.nextInt(40),
            random.nextBoolean())
        .getBytes(UTF_8);
  }

  /** A record key that says nothing about the client. */
  byte[] randomKey() {
    return Long.toHexString(random.nextLong()).getBytes(UTF_8);
  }

  private String pick(List<String> from) {
    return from.get(random.nextInt(from.size()));
  }
}
