package io.penstock.delivery.insert;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.metadata.TargetTable;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TargetsTest {
  private final InMemoryTarget configured = new InMemoryTarget("default");
  private final List<InMemoryTarget> opened = new ArrayList<>();
  private List<TargetTable.Entry> rows = List.of();
  private boolean postgresIsDown;
  private int reads;
  private long nanos;

  private final Targets targets =
      new Targets(
          config("http://default:8123"),
          () -> new TargetTable(config("http://default:8123"), read()),
          this::open,
          () -> nanos);

  @Test
  void theConfiguredOneIsThereWithoutPostgres() {
    postgresIsDown = true;

    assertThat(targets.find("default")).isEqualTo(new Targets.Known(configured));
    assertThat(reads).isZero();
    assertThat(targets.names()).containsExactly("default");
  }

  @Test
  void aNameThatWasNotMetIsAskedForOnceAndThenKnown() {
    rows = List.of(usable("eu", "http://eu:8123"), usable("us", "http://us:8123"));

    Targets.Answer first = targets.find("eu");

    assertThat(first).isEqualTo(new Targets.Known(opened.getFirst()));
    assertThat(targets.find("eu")).isEqualTo(first);
    assertThat(targets.find("us")).isInstanceOf(Targets.Known.class);
    assertThat(reads).isEqualTo(1);
    assertThat(targets.names()).containsExactlyInAnyOrder("default", "eu", "us");
  }

  @Test
  void aNameThatThereIsNotIsUnknownForAWhile() {
    assertThat(targets.find("eu"))
        .isEqualTo(new Targets.Unknown("there is no ClickHouse target \"eu\""));
    rows = List.of(usable("eu", "http://eu:8123"));
    assertThat(targets.find("eu")).isInstanceOf(Targets.Unknown.class);
    assertThat(reads).isEqualTo(1);

    pass(Duration.ofSeconds(2));

    assertThat(targets.find("eu")).isInstanceOf(Targets.Known.class);
  }

  @Test
  void aTargetWithoutItsPasswordHereIsUnknownWithTheReason() {
    rows = List.of(new TargetTable.Unusable("eu", "EU_PASSWORD is not set here"));

    assertThat(targets.find("eu"))
        .isEqualTo(
            new Targets.Unknown(
                "the ClickHouse target \"eu\" cannot be used by this router: EU_PASSWORD is not set here"));
    assertThat(targets.names()).containsExactly("default");
  }

  @Test
  void withPostgresDownAnUnmetNameIsUnavailableAndKnownOnesGoOn() {
    rows = List.of(usable("eu", "http://eu:8123"));
    targets.find("eu");
    postgresIsDown = true;

    assertThat(targets.find("us"))
        .isEqualTo(new Targets.Unavailable("PostgreSQL: SQLException 08001"));
    assertThat(targets.find("us")).isInstanceOf(Targets.Unavailable.class);
    assertThat(reads).as("PostgreSQL is left alone for a while").isEqualTo(2);
    assertThat(targets.find("eu")).isInstanceOf(Targets.Known.class);

    postgresIsDown = false;
    pass(Duration.ofSeconds(2));
    assertThat(targets.find("us")).isInstanceOf(Targets.Unknown.class);
  }

  @Test
  void aChangedRowIsANewConnectionAndTheOldOneStaysOpenForWhatIsInFlight() {
    rows = List.of(usable("eu", "http://eu:8123"));
    targets.find("eu");
    rows = List.of(usable("eu", "http://eu-2:8123"));

    targets.find("us"); // reads the table again

    assertThat(targets.find("eu")).isEqualTo(new Targets.Known(opened.getLast()));
    assertThat(opened).hasSize(2);
    assertThat(opened.getFirst().isClosed()).isFalse();

    targets.close();
    assertThat(opened).allMatch(InMemoryTarget::isClosed);
    assertThat(configured.isClosed()).isTrue();
  }

  @Test
  void aTargetThatCannotBeOpenedIsUnknownWithTheReason() {
    rows = List.of(usable("broken", "http://broken:8123"));

    assertThat(targets.find("broken"))
        .isEqualTo(
            new Targets.Unknown(
                "the ClickHouse target \"broken\" cannot be used by this router: IllegalArgumentException: no such file"));
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  private static TargetTable.Entry usable(String name, String url) {
    return new TargetTable.Usable(name, config(url));
  }

  private static ClickHouseConfig config(String url) {
    return new ClickHouseConfig(URI.create(url), "default", Secret.of(""), null, null);
  }

  private List<TargetTable.Entry> read() throws SQLException {
    reads++;
    if (postgresIsDown) {
      throw new SQLException("down", "08001");
    }
    return rows;
  }

  private InsertTarget open(String name, ClickHouseConfig config) {
    if (name.equals(ClickHouseConfig.TARGET)) {
      return configured;
    }
    if (name.equals("broken")) {
      throw new IllegalArgumentException("no such file");
    }
    InMemoryTarget target = new InMemoryTarget(name);
    opened.add(target);
    return target;
  }
}
