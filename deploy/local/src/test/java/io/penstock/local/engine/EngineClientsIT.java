package io.penstock.local.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ServerException;
import com.clickhouse.client.api.insert.InsertResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.client.api.query.GenericRecord;
import com.clickhouse.data.ClickHouseFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The official Java client and JDBC driver, unchanged, against the front. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EngineClientsIT {
  private static final int ROWS = 20_000;

  private EngineProcess engine;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    engine = EngineProcess.start(data);
  }

  @AfterAll
  void stop() throws Exception {
    engine.close();
  }

  private Client.Builder client() {
    return new Client.Builder()
        .addEndpoint(engine.url())
        .setUsername("default")
        .setPassword("")
        .setDefaultDatabase("default");
  }

  private static byte[] rows(int count) {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      byte[] text = ("row " + i).getBytes(StandardCharsets.UTF_8);
      out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(i).array());
      out.write(text.length);
      out.writeBytes(text);
    }
    return out.toByteArray();
  }

  /** Request compression by the client's own frames or by HTTP's encoding, and the answer's. */
  @ParameterizedTest
  @CsvSource({
    "default_mode,,",
    "frames,true,false",
    "http_lz4,true,true",
    "plain,false,false",
  })
  void clientInsertsRowBinaryFromAStreamAndReadsItBack(
      String table, Boolean compressed, Boolean http) throws Exception {
    Client.Builder builder = client();
    if (compressed != null) {
      builder.compressClientRequest(compressed).compressServerResponse(compressed);
      builder.useHttpCompression(http);
    }
    try (Client client = builder.build()) {
      client
          .execute("CREATE TABLE " + table + " (a UInt32, s String) ENGINE = MergeTree ORDER BY a")
          .get();

      try (InsertResponse response =
          client
              .insert(
                  table,
                  new ByteArrayInputStream(rows(ROWS)),
                  ClickHouseFormat.RowBinary,
                  new InsertSettings()
                      .setDeduplicationToken("t")
                      .serverSetting("async_insert", "0"))
              .get(30, TimeUnit.SECONDS)) {
        assertThat(response.getWrittenRows()).isEqualTo(ROWS);
      }

      List<GenericRecord> records = client.queryAll("SELECT a, s FROM " + table + " ORDER BY a");
      assertThat(records).hasSize(ROWS);
      assertThat(records.get(ROWS - 1).getString("s")).isEqualTo("row " + (ROWS - 1));
      assertThat(records.get(7).getLong("a")).isEqualTo(7);
    }
  }

  @Test
  void clientGetsTheEnginesErrorCode() {
    try (Client client = client().build()) {
      assertThatThrownBy(() -> client.queryAll("SELECT * FROM missing_table"))
          .hasRootCauseInstanceOf(ServerException.class)
          .rootCause()
          .extracting(failure -> ((ServerException) failure).getCode())
          .isEqualTo(60);
    }
  }

  @Test
  void clientBindsQueryParameters() {
    try (Client client = client().build()) {
      List<GenericRecord> records =
          client.queryAll(
              "SELECT {n:UInt32} + 1 AS n, {s:String} AS s",
              java.util.Map.of("n", 41, "s", "it's \\ a\ttab"));
      assertThat(records.getFirst().getLong("n")).isEqualTo(42);
      assertThat(records.getFirst().getString("s")).isEqualTo("it's \\ a\ttab");
    }
  }

  private Connection jdbc(String database) throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", "default");
    properties.setProperty("password", "");
    return DriverManager.getConnection(
        "jdbc:clickhouse://127.0.0.1:" + engine.port() + "/" + database, properties);
  }

  @Test
  void jdbcRunsDdlAndPreparedStatements() throws SQLException {
    try (Connection connection = jdbc("default");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE shop");
      statement.execute(
          "CREATE TABLE shop.orders (id UInt64, name String, at DateTime64(3, 'UTC'))"
              + " ENGINE = MergeTree ORDER BY id");
    }
    try (Connection connection = jdbc("shop");
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO orders (id, name, at) VALUES (?, ?, ?)")) {
      for (int i = 0; i < 3; i++) {
        insert.setInt(1, i);
        insert.setString(2, "it's " + i);
        insert.setObject(3, java.time.LocalDateTime.of(2026, 1, 2, 3, 4, 5));
        insert.addBatch();
      }
      insert.executeBatch();

      List<String> names = new ArrayList<>();
      try (PreparedStatement select =
          connection.prepareStatement("SELECT name FROM orders WHERE id >= ? ORDER BY id")) {
        select.setInt(1, 1);
        try (ResultSet rows = select.executeQuery()) {
          while (rows.next()) {
            names.add(rows.getString(1));
          }
        }
      }
      assertThat(names).containsExactly("it's 1", "it's 2");
    }
  }

  @Test
  void jdbcReadsMetadata() throws SQLException {
    try (Connection connection = jdbc("default");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE meta");
      statement.execute("CREATE TABLE meta.m (a UInt8, b Nullable(String)) ENGINE = Memory");

      assertThat(connection.getMetaData().getDatabaseProductVersion()).startsWith("26.7");
      List<String> columns = new ArrayList<>();
      try (ResultSet rows = connection.getMetaData().getColumns(null, "meta", "m", "%")) {
        while (rows.next()) {
          columns.add(rows.getString("COLUMN_NAME") + " " + rows.getString("TYPE_NAME"));
        }
      }
      assertThat(columns).containsExactly("a UInt8", "b Nullable(String)");
      try (ResultSet tables = connection.getMetaData().getTables(null, "meta", "%", null)) {
        assertThat(tables.next()).isTrue();
        assertThat(tables.getString("TABLE_NAME")).isEqualTo("m");
      }
    }
  }

  @Test
  void jdbcGetsTheEnginesErrorCode() throws SQLException {
    try (Connection connection = jdbc("default");
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("CREATE TABLE x (a Nonsense) ENGINE = Memory"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("Code: 50");
    }
  }
}
