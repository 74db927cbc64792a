package io.penstock.local.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.penstock.core.clickhouse.FrameOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ClickHouse's HTTP interface as {@code curl} and any HTTP client use it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EngineFrontIT {
  private EngineProcess engine;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    engine = EngineProcess.start(data);
  }

  @AfterAll
  void stop() throws Exception {
    engine.close();
  }

  private static String param(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  private static byte[] encoded(Encoder encoder, String text) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (OutputStream out = encoder.around(bytes)) {
      out.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  private interface Encoder {
    OutputStream around(OutputStream out) throws IOException;
  }

  private void createTable(String name) throws Exception {
    engine.query("CREATE TABLE " + name + " (a UInt32, s String) ENGINE = MergeTree ORDER BY a");
  }

  private String rowsOf(String table) throws Exception {
    return engine.query("SELECT count(), sum(a) FROM " + table).strip();
  }

  @Test
  void pingAndTheBarePathSayOk() throws Exception {
    assertThat(engine.get("/ping").body()).asString(UTF_8).isEqualTo("Ok.\n");
    assertThat(engine.get("/").body()).asString(UTF_8).isEqualTo("Ok.\n");
    assertThat(engine.get("/no/such").statusCode()).isEqualTo(404);
  }

  /** A page may send a form to 127.0.0.1, or give its own name that address. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: evil.example",
        "Host: evil.example:8123",
        "Host: 127.0.0.1.evil.example",
        "Host: 10.0.0.1",
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: http://127.0.0.1.evil.example",
        "Sec-Fetch-Site: cross-site"
      })
  void webPagesOfOthersAreNotAnswered(String header) throws Exception {
    createTable("private");

    assertThat(raw("POST", header, "INSERT INTO private VALUES (1, 'x')"))
        .startsWith("HTTP/1.1 403");
    assertThat(raw("GET", header, "")).startsWith("HTTP/1.1 403");

    assertThat(rowsOf("private")).isEqualTo("0\t0");
    engine.query("DROP TABLE private");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: localhost",
        "Host: 127.0.0.1:1",
        "Host: [::1]:8123",
        "Host: LOCALHOST:8123",
        "Origin: http://localhost:3000",
        "Origin: http://127.0.0.1:8123"
      })
  void programsOfTheSameMachineAreAnsweredWhateverTheyCallIt(String header) throws Exception {
    assertThat(raw("POST", header, "SELECT 1")).startsWith("HTTP/1.1 200");
  }

  /** Java's own client does not let a caller set Host. */
  private String raw(String method, String header, String body) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), engine.port())) {
      String host = header.startsWith("Host:") ? "" : "Host: 127.0.0.1\r\n";
      String request =
          "%s / HTTP/1.1\r\n%s%s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
              .formatted(method, host, header, body.length(), body);
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TabSeparated|1\\tx\\n|text/tab-separated-values; charset=UTF-8",
        "CSVWithNames|\"a\",\"b\"\\n1,\"x\"\\n|text/csv; charset=UTF-8; header=present",
        "JSONEachRow|{\"a\":1,\"b\":\"x\"}\\n|application/x-ndjson; charset=UTF-8",
        "JSONCompactEachRow|[1, \"x\"]\\n|application/x-ndjson; charset=UTF-8",
      })
  void selectsComeInTheFormatOfTheTextTheParameterOrTheHeader(
      String format, String escaped, String type) throws Exception {
    String expected = escaped.replace("\\t", "\t").replace("\\n", "\n");
    String sql = "SELECT 1 AS a, 'x' AS b";

    HttpResponse<byte[]> inText = engine.get("/?query=" + param(sql + " FORMAT " + format));
    HttpResponse<byte[]> inParameter =
        engine.get("/?default_format=" + format + "&query=" + param(sql));
    HttpResponse<byte[]> inHeader =
        engine.get("/?query=" + param(sql), "X-ClickHouse-Format", format);

    for (HttpResponse<byte[]> response : List.of(inText, inParameter, inHeader)) {
      assertThat(response.body()).asString(UTF_8).isEqualTo(expected);
      assertThat(response.headers().firstValue("X-ClickHouse-Format")).hasValue(format);
      assertThat(response.headers().firstValue("Content-Type")).hasValue(type);
    }
  }

  /** The library formats a streamed result chunk by chunk; the front makes it one again. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "TabSeparated",
        "TabSeparatedWithNamesAndTypes",
        "CSVWithNames",
        "RowBinary",
        "RowBinaryWithNamesAndTypes",
        "Native",
        "JSONEachRow",
        "JSONCompactEachRowWithNamesAndTypes"
      })
  void largeSelectsAreTheSameStreamedOrWhole(String format) throws Exception {
    String path =
        "/?max_block_size=50000&default_format="
            + format
            + "&query="
            + param("SELECT number AS n, toString(number) AS s FROM numbers(300000)");

    byte[] streamed = engine.get(path).body();
    byte[] whole = engine.get(path + "&wait_end_of_query=1").body();

    assertThat(streamed).isEqualTo(whole).hasSizeGreaterThan(2_000_000);
  }

  @Test
  void documentFormatsAreWholeDocuments() throws Exception {
    String json =
        engine.query(
            "SELECT number % 3 AS k, count() AS c FROM numbers(200000) GROUP BY k WITH TOTALS ORDER"
                + " BY k FORMAT JSONCompact");
    assertThat(json).contains("\"totals\": [0, 200000]").contains("\"rows\": 3");
    assertThat(json.indexOf("\"meta\"")).isEqualTo(json.lastIndexOf("\"meta\""));
  }

  @Test
  void insertsComePlainGzipLz4OrZstd() throws Exception {
    createTable("encodings");
    String rows = "1\tone\n2\ttwo\n";
    String path = "/?query=" + param("INSERT INTO encodings FORMAT TabSeparated");

    assertThat(engine.post(path, BodyPublishers.ofString(rows)).statusCode()).isEqualTo(200);
    post(path, "gzip", encoded(GZIPOutputStream::new, rows));
    post(path, "lz4", encoded(LZ4FrameOutputStream::new, rows));
    post(path, "zstd", Zstd.compress(rows.getBytes(UTF_8)));
    post(path + "&decompress=1", "identity", encoded(FrameOutputStream::new, rows));

    assertThat(rowsOf("encodings")).isEqualTo("10\t15");
  }

  private void post(String path, String encoding, byte[] body) throws Exception {
    HttpResponse<String> response =
        engine.post(path, BodyPublishers.ofByteArray(body), "Content-Encoding", encoding);
    assertThat(response.body()).isEmpty();
    assertThat(response.statusCode()).isEqualTo(200);
  }

  @Test
  void answersAreCompressedAsTheClientAsks() throws Exception {
    String path = "/?enable_http_compression=1&query=" + param("SELECT * FROM numbers(100000)");
    byte[] plain = engine.get(path).body();

    HttpResponse<byte[]> gzip = engine.get(path, "Accept-Encoding", "deflate, gzip");
    HttpResponse<byte[]> framed = engine.get(path + "&compress=1");

    assertThat(gzip.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes())
        .isEqualTo(plain);
    assertThat(new FrameInputStream(new ByteArrayInputStream(framed.body())).readAllBytes())
        .isEqualTo(plain);
  }

  @Test
  void insertTextStandsInTheParameterOrAtTheHeadOfTheBody() throws Exception {
    createTable("heads");

    engine.query("INSERT INTO heads FORMAT CSV\n1,\"one\"\n2,\"two\"\n");
    engine.query("INSERT INTO heads FORMAT JSONEachRow {\"a\":3,\"s\":\"x\"}{\"a\":4}");
    engine.query("INSERT INTO heads (s, a) VALUES (DEFAULT, 6), (upper('y'), 2 + 3)");
    engine.query("INSERT INTO heads SELECT 7, 'z'");
    engine.query("INSERT INTO heads (a, s) (SELECT 8, 'z')");
    engine.post(
        "/?query=" + param("INSERT INTO heads VALUES"), BodyPublishers.ofString("(9, 'v')"));
    engine.post(
        "/?query=" + param("INSERT INTO heads (a)"),
        BodyPublishers.ofString("{\"a\":10}"),
        "X-ClickHouse-Format",
        "JSONEachRow");

    assertThat(rowsOf("heads")).isEqualTo("10\t55");
  }

  @Test
  void aLongListOfValuesIsStreamed() throws Exception {
    createTable("many_values");
    var sql = new StringBuilder("INSERT INTO many_values (a, s) VALUES ");
    for (int i = 0; i < 50_000; i++) {
      sql.append(i == 0 ? "" : ", ")
          .append('(')
          .append(i)
          .append(", 'it''s ")
          .append(i)
          .append("')");
    }
    engine.query(sql.toString());
    assertThat(rowsOf("many_values")).isEqualTo("50000\t1249975000");
  }

  @Test
  void theSummaryCountsWhatWasWrittenAndRead() throws Exception {
    createTable("summary");
    HttpResponse<String> insert =
        engine.post(
            "/?query=" + param("INSERT INTO summary FORMAT CSV"),
            BodyPublishers.ofString("1,a\n2,b\n3,c\n"));
    HttpResponse<byte[]> select = engine.get("/?query=" + param("SELECT a FROM summary"));

    assertThat(insert.headers().firstValue("X-ClickHouse-Summary").orElseThrow())
        .contains("\"written_rows\":\"3\"", "\"result_rows\":\"3\"");
    assertThat(select.headers().firstValue("X-ClickHouse-Summary").orElseThrow())
        .contains("\"result_rows\":\"3\"", "\"written_rows\":\"0\"");
  }

  @Test
  void theAnswerNamesTheQueryTheTimeZoneAndTheServer() throws Exception {
    HttpResponse<byte[]> response = engine.get("/?query_id=my-id&query=SELECT+1");
    assertThat(response.headers().firstValue("X-ClickHouse-Query-Id")).hasValue("my-id");
    assertThat(response.headers().firstValue("X-ClickHouse-Timezone")).isPresent();
    assertThat(response.headers().firstValue("X-ClickHouse-Server-Display-Name")).isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT * FROM missing|60|404|UNKNOWN_TABLE",
        "INSERT INTO missing FORMAT CSV 1|60|404|UNKNOWN_TABLE",
        "SELECT nope|47|404|UNKNOWN_IDENTIFIER",
        "SELEC 1|62|400|SYNTAX_ERROR",
        "-- nothing|62|400|SYNTAX_ERROR",
        "SELECT 1; SELECT 2|62|400|SYNTAX_ERROR",
        "SELECT toUInt8('x')|6|400|CANNOT_PARSE_TEXT",
        "SELECT throwIf(1)|395|500|FUNCTION_THROW_IF_VALUE_IS_NON_ZERO",
        "SELECT 1 SETTINGS no_such_setting = 1|115|404|UNKNOWN_SETTING",
        "SELECT 1 FORMAT NoSuchFormat|73|404|UNKNOWN_FORMAT",
        "USE missing_database|81|404|UNKNOWN_DATABASE",
        "CREATE USER someone|497|403|ACCESS_DENIED",
      })
  void errorsHaveTheServersCodeStatusAndText(String sql, int code, int status, String name)
      throws Exception {
    HttpResponse<String> response = engine.post("/", BodyPublishers.ofString(sql));

    assertThat(response.body())
        .startsWith("Code: " + code + ". DB::Exception: ")
        .contains("(" + name + ") (version 26.7");
    assertThat(response.headers().firstValue("X-ClickHouse-Exception-Code"))
        .hasValue(Integer.toString(code));
    assertThat(response.statusCode()).isEqualTo(status);
  }

  @Test
  void aBadRowFailsTheInsertWithItsCodeAndLeavesNothing() throws Exception {
    createTable("bad_rows");
    HttpResponse<String> response =
        engine.post(
            "/?query=" + param("INSERT INTO bad_rows FORMAT JSONEachRow"),
            BodyPublishers.ofString("{\"a\":1,\"s\":\"fine\"}{\"a\":\"not a number\"}"));
    assertThat(response.body()).startsWith("Code: 27.").contains("(at row 2)");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(rowsOf("bad_rows")).isEqualTo("0\t0");
  }

  @Test
  void settingsApplyToTheirRequestAlone() throws Exception {
    String read =
        "query=" + param("SELECT getSetting('max_threads'), getSetting('max_result_rows')");

    String with =
        new String(engine.get("/?max_threads=7&max_result_rows=100&" + read).body(), UTF_8);
    String without = new String(engine.get("/?" + read).body(), UTF_8);
    engine.query("SET max_result_rows = 5");
    String afterSet = new String(engine.get("/?" + read).body(), UTF_8);

    assertThat(with).isEqualTo("7\t100\n");
    assertThat(without).isEqualTo(afterSet).endsWith("\t0\n");
  }

  @Test
  void anUnknownSettingIsAnErrorOfItsRequestAlone() throws Exception {
    createTable("unknown_setting");
    String insert = "&query=" + param("INSERT INTO unknown_setting FORMAT CSV");

    HttpResponse<String> select = engine.post("/?no_such=1", BodyPublishers.ofString("SELECT 1"));
    HttpResponse<String> refused =
        engine.post("/?no_such=1" + insert, BodyPublishers.ofString("1,a\n"));
    HttpResponse<String> hostile =
        engine.post("/?x%20%3D%201,%20readonly=1", BodyPublishers.ofString("SELECT 1"));

    for (HttpResponse<String> response : List.of(select, refused, hostile)) {
      assertThat(response.body()).startsWith("Code: 115.");
      assertThat(response.statusCode()).isEqualTo(404);
    }
    assertThat(rowsOf("unknown_setting")).isEqualTo("0\t0");
  }

  @Test
  void theDatabaseAppliesToItsRequestAlone() throws Exception {
    engine.query("CREATE DATABASE `odd ``name`");
    String read = "query=" + param("SELECT currentDatabase()");

    assertThat(engine.get("/?database=" + param("odd `name") + "&" + read).body())
        .asString(UTF_8)
        .isEqualTo("odd `name\n");
    assertThat(engine.get("/?" + read, "X-ClickHouse-Database", "system").body())
        .asString(UTF_8)
        .isEqualTo("system\n");
    assertThat(engine.get("/?" + read).body()).asString(UTF_8).isEqualTo("default\n");
    assertThat(engine.get("/?database=missing&" + read).statusCode()).isEqualTo(404);
  }

  @Test
  void parametersAreBoundNotPasted() throws Exception {
    createTable("bound");
    engine.post(
        "/?param_a=5&param_s=" + param("it's") + "&query=",
        BodyPublishers.ofString("INSERT INTO bound VALUES ({a:UInt32}, {s:String})"));

    HttpResponse<byte[]> response =
        engine.get(
            "/?param_t=bound&query="
                + param("SELECT a, s FROM {t:Identifier} WHERE s = {s:String}")
                + "&param_s="
                + param("it's"));
    assertThat(response.body()).asString(UTF_8).isEqualTo("5\tit\\'s\n");
  }

  @Test
  void getOnlyReads() throws Exception {
    HttpResponse<byte[]> response =
        engine.get("/?query=" + param("CREATE TABLE by_get (a UInt8) ENGINE = Memory"));
    assertThat(response.body()).asString(UTF_8).startsWith("Code: 164.");
    assertThat(engine.query("EXISTS TABLE by_get")).isEqualTo("0\n");
  }

  @Test
  void anotherUserIsRefused() throws Exception {
    HttpResponse<byte[]> response =
        engine.get("/?query=SELECT+1", "Authorization", "Basic bm9ib2R5OnNlY3JldA==");
    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(response.body())
        .asString(UTF_8)
        .startsWith("Code: 516. DB::Exception: nobody: Authentication failed");
    assertThat(engine.get("/?query=SELECT+1&user=default&password=").statusCode()).isEqualTo(200);
  }

  @Test
  void sixtyFourConnectionsInsertAndQueryAtOnce() throws Exception {
    createTable("crowd");
    List<Callable<String>> work = new ArrayList<>();
    IntStream.range(0, 64)
        .forEach(client ->
            work.add(() -> {
              String path = "/?async_insert=0&query=" + param("INSERT INTO crowd FORMAT CSV");
              for (int i = 0; i < 5; i++) {
                var rows = new StringBuilder();
                for (int row = 0; row < 100; row++) {
                  rows.append(client).append(",r\n");
                }
                HttpResponse<String> response =
                    engine.post(path, BodyPublishers.ofString(rows.toString()));
                assertThat(response.body()).isEmpty();
                engine.query("SELECT max(a) FROM crowd");
              }
              return "done";
            }));
    try (var threads = Executors.newFixedThreadPool(64)) {
      for (Future<String> done : threads.invokeAll(work)) {
        assertThat(done.get()).isEqualTo("done");
      }
    }
    assertThat(rowsOf("crowd")).isEqualTo("32000\t" + 500L * (63 * 64 / 2));
  }

  @Test
  void aTokenOfTheRequestCountsWhereTheTextHasSettingsToo() throws Exception {
    engine.query(
        "CREATE TABLE tokens (a UInt32) ENGINE = MergeTree ORDER BY a"
            + " SETTINGS non_replicated_deduplication_window = 100");
    String token = "/?async_insert=0&insert_deduplication_token=" + param("it's one") + "&query=";
    List<String> texts =
        List.of(
            "INSERT INTO tokens FORMAT CSV",
            "INSERT INTO tokens -- a comment\n FORMAT CSV",
            "INSERT INTO tokens SETTINGS max_insert_threads = 1 FORMAT CSV",
            "INSERT INTO tokens VALUES");

    for (String text : texts) {
      String rows = text.endsWith("CSV") ? "7\n" : "(7)";
      HttpResponse<String> response =
          engine.post(token + param(text), BodyPublishers.ofString(rows));
      assertThat(response.body()).isEmpty();
    }

    assertThat(engine.query("SELECT count() FROM tokens")).isEqualTo("1\n");
    assertThat(engine.query("SELECT getSetting('insert_deduplication_token')")).isEqualTo("\n");
  }

  @Test
  void anInsertOverManyPartitionsPassesWhenItsSettingAllowsIt() throws Exception {
    engine.query("CREATE TABLE parted (a UInt32) ENGINE = MergeTree PARTITION BY a ORDER BY a");
    var rows = new StringBuilder();
    for (int i = 0; i < 150; i++) {
      rows.append(i).append('\n');
    }
    String path = "&query=" + param("INSERT INTO parted FORMAT CSV");

    HttpResponse<String> refused =
        engine.post("/?async_insert=0" + path, BodyPublishers.ofString(rows.toString()));
    HttpResponse<String> allowed =
        engine.post(
            "/?async_insert=0&max_partitions_per_insert_block=0" + path,
            BodyPublishers.ofString(rows.toString()));

    assertThat(refused.body()).startsWith("Code: 252.").contains("TOO_MANY_PARTS");
    assertThat(allowed.statusCode()).isEqualTo(200);
    assertThat(engine.query("SELECT count() FROM parted")).isEqualTo("150\n");
  }
}
