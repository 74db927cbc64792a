package io.penstock.dlq.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.provisioning.Setup;
import io.penstock.testkit.SharedStack;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class ShowForecastIT {
  private static final String EVENT =
      "{\"client_id\":\"acme\",\"api_key_hash\":\"%s\",\"event_name\":\"seen\"}"
          .formatted("0123456789abcdef".repeat(4));

  @Test
  void whatAReplayWouldComeToIsShownOrWhyNobodyKnows() throws Exception {
    Map<String, String> environment = new HashMap<>();
    SharedStack.start().forEach((name, value) -> environment.put(variable(name), value));
    environment.put("PENSTOCK_TOPIC_EVENTS", "foretold_events");
    environment.put("PENSTOCK_TOPIC_DEAD_LETTERS", "foretold_dead");
    KafkaConfig kafka =
        ConfigReader.load(ConfigSource.fromEnvironment(environment), KafkaConfig::from).config();
    var _ = Setup.createTopics(kafka);
    try (Admin admin = CommandClients.admin(kafka)) {}
    try (var producer =
        new KafkaProducer<>(
            kafka.clientProperties(), new StringSerializer(), new StringSerializer())) {
      var _ = producer.send(new ProducerRecord<>("foretold_dead", "broken", "{")).get();
      var _ = producer.send(new ProducerRecord<>("foretold_dead", "whole", EVENT)).get();
    }

    assertThat(show(environment, "broken")).contains("If it were replayed now: MALFORMED_JSON, ");
    assertThat(show(environment, "broken", "--output", "json"))
        .contains("\"predicted\":\"MALFORMED_JSON\",\"predictedDetail\":\"");

    environment.put("PENSTOCK_POSTGRES_URL", "jdbc:postgresql://127.0.0.1:1/none");
    environment.put("PENSTOCK_COMMAND_TIMEOUT", "1s");
    assertThat(show(environment, "whole"))
        .contains("If it were replayed now: not known: The clients cannot be looked up at")
        .contains("\"client_id\" : \"acme\"");
    assertThat(show(environment, "whole", "--output", "json")).contains("\"predicted\":null");

    environment.remove("PENSTOCK_POSTGRES_URL");
    assertThat(show(environment, "whole"))
        .contains("If it were replayed now: not known: PENSTOCK_POSTGRES_URL");
  }

  private static String variable(String name) {
    return name.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  private static String show(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    String[] all = new String[arguments.length + 1];
    all[0] = "show";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    int exitCode =
        DlqMain.commandLine(environment)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(new StringWriter(), true))
            .execute(all);
    assertThat(exitCode).isZero();
    return out.toString();
  }
}
