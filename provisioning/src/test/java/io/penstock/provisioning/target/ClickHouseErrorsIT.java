package io.penstock.provisioning.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.provisioning.Metadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The catalogue of codes against the engine's own list. */
class ClickHouseErrorsIT {
  /** What the server parses of its own, and no value of a row. */
  private static final List<String> OWN =
      List.of("SCHEMA", "ELF", "DWARF", "PROMQL", "BACKUP", "YAML", "RESULT");

  private final Metadata metadata = Metadata.shared();

  @Test
  void everyCodeOfTheCatalogueIsTheEnginesAndNothingThatParsesValuesIsMissing() throws Exception {
    Map<Integer, String> engine = new HashMap<>();
    for (String row :
        metadata.askClickHouse(
            "SELECT concat(toString(number), ' ', errorCodeToName(number)) FROM numbers(1100) WHERE errorCodeToName(number) <> ''")) {
      int space = row.indexOf(' ');
      engine.put(Integer.parseInt(row.substring(0, space)), row.substring(space + 1));
    }
    assertThat(engine).hasSizeGreaterThan(600);

    assertThat(ClickHouseErrors.all())
        .allSatisfy(entry -> assertThat(engine).containsEntry(entry.code(), entry.name()));
    Map<Integer, String> unnamed = new HashMap<>(engine);
    ClickHouseErrors.all().forEach(entry -> unnamed.remove(entry.code()));
    assertThat(unnamed.values())
        .as("a new code for a value that cannot be read: say what it means in ClickHouseErrors")
        .filteredOn(name -> name.startsWith("CANNOT_PARSE_") || name.endsWith("_FROM_TEXT"))
        .allMatch(name -> OWN.stream().anyMatch(name::contains));
    assertThat(unnamed.values())
        .as("nor one for room or load")
        .noneMatch(name -> name.contains("SPACE") || name.contains("OVERLOAD"));
  }
}
