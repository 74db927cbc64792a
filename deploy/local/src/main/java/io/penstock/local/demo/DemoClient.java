package io.penstock.local.demo;

import io.penstock.core.client.ApiKeyHash;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A client of the demo.
 *
 * @param id what events say
 * @param name for people
 * @param keyHash of an API key that nobody else has
 * @param reports what it is to send
 */
record DemoClient(String id, String name, ApiKeyHash keyHash, List<StrikeReport> reports) {
  /**
   * The number of reports from which an operator is a client of its own; smaller operators share
   * one.
   */
  static final int LARGER_FROM = 100;

  private static final String OTHERS = "OTHER OPERATORS";

  DemoClient {
    reports = List.copyOf(reports);
  }

  /**
   * Makes a client of each larger operator and one of all others, those with most reports first.
   */
  static List<DemoClient> of(List<StrikeReport> reports) {
    Map<String, List<StrikeReport>> byOperator = new TreeMap<>();
    reports.forEach(report ->
        byOperator
            .computeIfAbsent(report.operator(), _ -> new java.util.ArrayList<>())
            .add(report));
    Map<String, List<StrikeReport>> byClient = new LinkedHashMap<>();
    byOperator.forEach((operator, own) ->
        byClient
            .computeIfAbsent(
                own.size() >= LARGER_FROM ? operator : OTHERS, _ -> new java.util.ArrayList<>())
            .addAll(own));
    SecureRandom random = new SecureRandom();
    return byClient.entrySet().stream()
        .map(entry ->
            new DemoClient(idOf(entry.getKey()), entry.getKey(), newKey(random), entry.getValue()))
        .sorted(
            java.util.Comparator.comparingInt((DemoClient client) -> -client.reports().size())
                .thenComparing(DemoClient::id))
        .toList();
  }

  private static String idOf(String operator) {
    return operator.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
  }

  private static ApiKeyHash newKey(SecureRandom random) {
    byte[] key = new byte[32];
    random.nextBytes(key);
    return ApiKeyHash.ofKey("pk_" + HexFormat.of().formatHex(key));
  }

  /** Its database's name in ClickHouse. */
  String database() {
    return "client_" + id.replace('-', '_');
  }
}
