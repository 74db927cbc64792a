package io.penstock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.tools.StorageTool;

/**
 * The broker's process: formats the storage where that is not done, then is {@code kafka.Kafka}.
 * One JVM for both saves a second of the first start.
 */
final class KafkaBroker {
  private KafkaBroker() {}

  /** Takes the server's properties file and the cluster's id. */
  public static void main(String[] args) throws IOException {
    String config = args[0];
    var properties = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(config))) {
      properties.load(reader);
    }
    if (!Files.exists(Path.of(properties.getProperty("log.dirs"), "meta.properties"))) {
      String[] format = {"format", "--cluster-id", args[1], "--config", config};
      int failed = StorageTool.execute(format, System.out);
      if (failed != 0) {
        System.exit(failed);
      }
    }
    kafka.Kafka.main(new String[] {config});
  }
}
