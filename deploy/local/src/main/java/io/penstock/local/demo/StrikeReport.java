package io.penstock.local.demo;

import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One report of an aircraft that struck an animal.
 *
 * @param operator the airline, or "MILITARY", "BUSINESS" and the like
 * @param flightDate in no known time zone
 * @param columns all of the report's values that are not empty, by names like {@code wildlife_size}
 */
record StrikeReport(String operator, LocalDate flightDate, Map<String, String> columns) {
  private static final Set<String> NUMBERS =
      Set.of("cost_other", "cost_repair", "cost_total", "speed_ias_in_knots");
  private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9]\\d{0,17})");

  StrikeReport {
    columns = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(columns));
  }

  /** Takes a line of birdstrikes.csv. */
  static StrikeReport of(Map<String, String> row) {
    Map<String, String> columns = new LinkedHashMap<>();
    row.forEach((name, value) -> {
      if (!value.isEmpty()) {
        columns.put(columnName(name), value);
      }
    });
    return new StrikeReport(
        // The data marks an airline that no longer exists with an asterisk.
        columns.getOrDefault("aircraft_airline_operator", "UNKNOWN").replace("*", "").strip(),
        LocalDate.parse(columns.getOrDefault("flight_date", "")),
        columns);
  }

  private static String columnName(String title) {
    return title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^_|_$", "");
  }

  /** The columns as an object; amounts and speeds as numbers. */
  Map<String, Object> properties() {
    Map<String, Object> properties = new LinkedHashMap<>();
    columns.forEach((name, value) ->
        properties.put(
            name,
            NUMBERS.contains(name) && NUMBER.matcher(value).matches()
                ? Long.valueOf(value)
                : value));
    return properties;
  }
}
