package io.penstock.bench;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.Commands;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.dlq.command.DlqMain;
import io.penstock.local.command.LocalMain;
import io.penstock.provisioning.command.ProvisioningMain;
import io.penstock.router.RouterMain;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * What the documents name is there: files, classes, settings, commands. It stands here because the
 * bench alone sees every module.
 */
class DocumentsTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final List<Page> PAGES = pages();

  /** Java's files, as paths from the top. */
  private static final List<String> SOURCES =
      files(".java").map(path -> HOME.relativize(path).toString()).toList();

  private static final int LONGEST_LINE = 120;
  private static final String GENERATED = "docs/reference/configuration.md";

  /** Words of ClickHouse that look like classes. */
  private static final Set<String> OF_CLICKHOUSE =
      Set.of("MergeTree", "ReplacingMergeTree", "ReplicatedReplacingMergeTree", "LowCardinality");

  private static final String OF_KAFKA = "LogAppendTime";

  private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+)$");
  private static final Pattern CLASS =
      Pattern.compile("(?:[a-z]+\\.)*([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+)(?:\\.[A-Za-z_]+)*");
  private static final Pattern SETTING =
      Pattern.compile("(?<![.\\w])penstock\\.[a-z][a-z0-9.-]*[a-z0-9]");
  private static final Pattern VARIABLE = Pattern.compile("\\bPENSTOCK_[A-Z_]*[A-Z]\\b");
  private static final Pattern FENCE = Pattern.compile("(?ms)^ *```[^\n]*\n(.*?)^ *```");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

  private static final Pattern KEY_VALUE = Pattern.compile("addKeyValue\\(\\s*\"(\\w+)\"");
  private static final Pattern FIELD = Pattern.compile("(?m)^\\| `(\\w+)` \\|");

  private static final Map<String, Class<?>> OWN_PROGRAMS =
      Map.of("dlq", DlqMain.class, "router", RouterMain.class, "bench", BenchMain.class);

  /**
   * One document.
   *
   * @param name its path from the top
   */
  private record Page(String name, Path path, String text) {
    /** Decisions and changes tell of classes and commands as they were then. */
    boolean tellsOfNow() {
      return !name.startsWith("docs/adr/") && !name.equals("CHANGELOG.md");
    }

    /** Whole inline code. */
    Stream<String> code() {
      return CODE.matcher(FENCE.matcher(text).replaceAll("")).results().map(code -> code.group(1));
    }

    /** Lines of code blocks, continued ones joined. */
    Stream<String> blocks() {
      return FENCE
          .matcher(text)
          .results()
          .flatMap(block -> block.group(1).replaceAll("\\\\\n\\s*", "").lines());
    }
  }

  // ---- files

  @Test
  void everyRelativeLinkLeadsSomewhere() {
    List<String> broken = new ArrayList<>();
    for (Page page : PAGES) {
      LINK.matcher(page.text)
          .results()
          .map(link -> link.group(1))
          .filter(link -> !link.contains(":") && !leads(page, link))
          .forEach(link -> broken.add(page.name + ": " + link));
    }
    assertThat(broken).isEmpty();
  }

  /** Tables and code blocks cannot be wrapped; what is generated is wrapped by nobody. */
  @Test
  void proseIsWrapped() {
    List<String> tooLong = new ArrayList<>();
    int read = 0;
    for (Page page : PAGES) {
      for (String line : FENCE.matcher(page.text).replaceAll("").lines().toList()) {
        boolean prose = !line.startsWith("|") && !page.name.equals(GENERATED);
        read += prose ? 1 : 0;
        if (prose && line.codePointCount(0, line.length()) > LONGEST_LINE) {
          tooLong.add("%s: %s...".formatted(page.name, line.substring(0, 60)));
        }
      }
    }
    assertThat(tooLong).isEmpty();
    assertThat(read).isGreaterThan(1_000);
  }

  private static boolean leads(Page from, String link) {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? from.path : from.path.resolveSibling(parts[0]).normalize();
    if (!Files.exists(target) || parts.length == 1) {
      return Files.exists(target);
    }
    return HEADING
        .matcher(read(target))
        .results()
        .anyMatch(heading -> anchor(heading.group(1)).equals(parts[1]));
  }

  /** As GitHub makes it. */
  private static String anchor(String heading) {
    return heading
        .toLowerCase(Locale.ROOT)
        .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  // ---- classes

  @Test
  void everyClassNamedIsOneOfOursOrOfALibrary() throws IOException {
    Set<String> known = SOURCES.stream().map(DocumentsTest::stem).collect(toSet());
    known.addAll(libraries());
    known.addAll(OF_CLICKHOUSE);
    known.add(OF_KAFKA);
    List<String> unknown = new ArrayList<>();
    PAGES.stream()
        .filter(Page::tellsOfNow)
        .forEach(page ->
            page.code()
                .map(CLASS::matcher)
                .filter(Matcher::matches)
                .map(name -> name.group(1))
                .filter(name -> !known.contains(name) && !name.startsWith("Xxx"))
                .forEach(name -> unknown.add(page.name + ": " + name)));
    assertThat(unknown).isEmpty();
  }

  @Test
  void classesOfAReadmesTableLiveWhereItSays() {
    List<String> astray = new ArrayList<>();
    for (Page page : PAGES) {
      if (!page.name.endsWith("/README.md") || page.name.startsWith("docs/")) {
        continue;
      }
      String module = page.name.substring(0, page.name.length() - "README.md".length());
      String kind = "";
      for (String line : page.text.lines().toList()) {
        List<String> cells = List.of(line.split("\\|", -1));
        if (!line.startsWith("|")) {
          kind = "";
        } else if (kind.isEmpty()) {
          kind = cells.get(1).strip();
        } else if (kind.equals("package")) {
          String folder = cells.get(1).replaceAll("[` ()]", "").replace('.', '/');
          classes(cells.get(3))
              .filter(name -> !lives(module, folder.equals("root") ? "" : folder, name))
              .forEach(name -> astray.add(page.name + ": " + folder + "." + name));
        } else if (kind.equals("class")) {
          boolean core = cells.get(1).contains("(core)");
          classes(cells.get(1))
              .filter(name -> !lives(module, folder(name), name))
              .filter(name -> !core || !lives("core/", null, name))
              .forEach(name -> astray.add(page.name + ": " + name));
        }
      }
    }
    assertThat(astray).isEmpty();
  }

  @Test
  void aReadmesTableOfPackagesHasAllOfThem() {
    List<String> left = new ArrayList<>();
    for (String module : List.of("core", "delivery", "router", "dlq-reprocessor")) {
      Set<String> told =
          Pattern.compile("(?m)^\\| `([a-z.]+)` \\|")
              .matcher(read(HOME.resolve(module).resolve("README.md")))
              .results()
              .map(row -> row.group(1))
              .collect(toSet());
      SOURCES.stream()
          .filter(source -> source.startsWith(module + "/src/main/"))
          .filter(source -> source.endsWith("/package-info.java"))
          .map(source ->
              source
                  .replaceFirst(".*/io/penstock/[a-z]+/", "")
                  .replaceFirst("/?package-info.*", ""))
          .map(folder -> folder.replace('/', '.'))
          .filter(name -> !name.isEmpty() && !told.contains(name))
          .forEach(name -> left.add(module + ": " + name));
    }
    assertThat(left).isEmpty();
  }

  private static Stream<String> classes(String cell) {
    return CODE.matcher(cell)
        .results()
        .map(code -> code.group(1))
        .filter(name -> name.matches("(?:[a-z]+\\.)*[A-Z]\\w*[a-z]\\w*"));
  }

  private static String folder(String name) {
    return name.contains(".") ? name.substring(0, name.lastIndexOf('.')).replace('.', '/') : "";
  }

  /**
   * Whether a module has a class.
   *
   * @param folder below the module's root package; null: anywhere
   */
  private static boolean lives(String module, @Nullable String folder, String name) {
    String file = name.substring(name.lastIndexOf('.') + 1) + ".java";
    return SOURCES.stream()
        .filter(source -> source.startsWith(module + "src/"))
        .filter(source -> source.endsWith("/" + file))
        .map(source -> source.substring(source.indexOf("/io/penstock/") + "/io/penstock/".length()))
        .map(source -> source.substring(source.indexOf('/') + 1))
        .anyMatch(source ->
            folder == null || source.equals(folder.isEmpty() ? file : folder + "/" + file));
  }

  // ---- settings

  @Test
  void everySettingNamedExists() throws IllegalAccessException {
    Set<String> known =
        ConfigKeys.SECTIONS.stream()
            .flatMap(section -> section.keys().stream())
            .map(key -> key.name())
            .collect(toSet());
    for (var header : DeadLetterHeaders.class.getFields()) {
      known.add(String.valueOf(header.get(null)));
    }
    String code = code();
    List<String> unknown = new ArrayList<>();
    for (Page page : PAGES.stream().filter(Page::tellsOfNow).toList()) {
      all(SETTING, page.text)
          .filter(name -> !name.startsWith("penstock.kafka.property."))
          // What is neither a setting nor a header is a property of the JVM.
          .filter(name -> !known.contains(name) && !code.contains("\"" + name))
          .forEach(name -> unknown.add(page.name + ": " + name));
      all(VARIABLE, page.text)
          .filter(name ->
              !known.contains(
                  name.replaceFirst("_FILE$", "").toLowerCase(Locale.ROOT).replace('_', '.')))
          .filter(name -> !name.startsWith("PENSTOCK_TARGET_") && !code.contains(name))
          .forEach(name -> unknown.add(page.name + ": " + name));
    }
    assertThat(unknown).isEmpty();
  }

  // ---- log lines

  @Test
  void everyFieldOfALogLineIsTold() {
    String page = read(HOME.resolve("docs/reference/logs.md"));
    int ofSome = page.indexOf("## Fields of some lines");
    Set<String> told = fieldsTold(page.substring(ofSome));
    Set<String> used = new HashSet<>();
    SOURCES.stream()
        .filter(source -> source.contains("/src/main/"))
        .map(source -> read(HOME.resolve(source)))
        .forEach(source ->
            KEY_VALUE.matcher(source).results().forEach(found -> used.add(found.group(1))));

    assertThat(told).isEqualTo(used);
    assertThat(fieldsTold(page.substring(0, ofSome)))
        .contains("timestamp", "level", "message", "error")
        .doesNotContainAnyElementsOf(used);
  }

  private static Set<String> fieldsTold(String table) {
    return FIELD.matcher(table).results().map(row -> row.group(1)).collect(toSet());
  }

  // ---- commands

  @Test
  void everyCommandLineOfACodeBlockParses() {
    List<String> refused = new ArrayList<>();
    int parsed = 0;
    for (Page page : PAGES.stream().filter(Page::tellsOfNow).toList()) {
      for (String line : page.blocks().toList()) {
        String command = line.strip().replaceFirst("^\\$ ", "");
        if (command.startsWith("./penstock ")) {
          parsed++;
          String problem = parse(command);
          if (!problem.isEmpty()) {
            refused.add("%s: %s: %s".formatted(page.name, line, problem));
          }
        }
      }
    }
    assertThat(refused).isEmpty();
    assertThat(parsed).isGreaterThan(50);
  }

  @Test
  void everyCommandAndOptionNamedInASentenceExists() {
    List<String> unknown = new ArrayList<>();
    for (Page page : PAGES.stream().filter(Page::tellsOfNow).toList()) {
      page.code()
          .filter(code -> code.startsWith("./penstock "))
          .filter(code -> !options(words(code)).isEmpty())
          .forEach(
              code -> unknown.add("%s: %s: %s".formatted(page.name, code, options(words(code)))));
    }
    assertThat(unknown).isEmpty();
  }

  /** Why a line does not parse; "" if it does. */
  private static String parse(String line) {
    List<String> words = words(line);
    if (line.contains("[") || words.stream().anyMatch(word -> word.matches("\\.\\.\\.|[A-Z]+"))) {
      // A synopsis.
      return options(words);
    }
    CommandLine program = program(words.getFirst());
    try {
      program.parseArgs(arguments(words).toArray(String[]::new));
      return "";
    } catch (CommandLine.ParameterException wrong) {
      return String.valueOf(wrong.getMessage());
    }
  }

  /** Which commands and options of a line are not there. */
  private static String options(List<String> words) {
    if (!words.getFirst().matches("[a-z]+")) {
      return "";
    }
    CommandLine command = program(words.getFirst());
    for (String word : arguments(words)) {
      String name = word.replaceAll("[\\[\\]]", "").replaceFirst("=.*", "");
      if (name.startsWith("--")) {
        if (!command.getCommandSpec().optionsMap().containsKey(name)) {
          return "no option " + name;
        }
      } else if (!command.getSubcommands().isEmpty() && name.matches("[a-z]+")) {
        command = command.getSubcommands().get(name);
        if (command == null) {
          return "no command " + name;
        }
      }
    }
    return "";
  }

  private static CommandLine program(String name) {
    Class<?> own = OWN_PROGRAMS.get(name);
    return Commands.commandLine(
        own != null
            ? own
            : name.equals("local") || name.equals("demo")
                ? LocalMain.class
                : name.equals("trace") ? DlqMain.class : ProvisioningMain.class);
  }

  private static List<String> arguments(List<String> words) {
    return OWN_PROGRAMS.containsKey(words.getFirst()) ? words.subList(1, words.size()) : words;
  }

  /** The words behind {@code ./penstock}, as a shell reads them. */
  private static List<String> words(String line) {
    String command = line.replaceFirst("^\\./penstock ", "").replaceFirst(" {2,}.*", "");
    return WORD.matcher(command)
        .results()
        .map(word -> Stream.of(1, 2, 3).map(word::group).filter(text -> text != null).findFirst())
        .map(Optional::orElseThrow)
        .takeWhile(word -> !Set.of("#", "|", ">", "<", "&&", "&", ";").contains(word))
        .toList();
  }

  // ---- what there is

  private static Stream<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(MatchResult::group).distinct();
  }

  private static List<Page> pages() {
    return files(".md")
        .map(path -> new Page(HOME.relativize(path).toString(), path, read(path)))
        .toList();
  }

  private static String stem(String source) {
    return source.substring(source.lastIndexOf('/') + 1, source.length() - ".java".length());
  }

  private static String code() {
    StringBuilder code = new StringBuilder(read(HOME.resolve("penstock")));
    files(".java").forEach(file -> code.append(read(file)));
    return code.toString();
  }

  private static Stream<Path> files(String suffix) {
    List<Path> found = new ArrayList<>();
    collect(HOME, suffix, found);
    return found.stream();
  }

  private static void collect(Path folder, String suffix, List<Path> found) {
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        String name = String.valueOf(entry.getFileName());
        if (Files.isDirectory(entry)) {
          boolean built = name.equals("target") && Files.exists(folder.resolve("pom.xml"));
          if (!name.startsWith(".") && !built && !name.equals("node_modules")) {
            collect(entry, suffix, found);
          }
        } else if (name.endsWith(suffix)) {
          found.add(entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Simple names of all classes on the class path and of the JDK. */
  private static Set<String> libraries() throws IOException {
    Set<String> names = new HashSet<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.endsWith(".jar")) {
        try (JarFile jar = new JarFile(entry)) {
          jar.stream().map(one -> one.getName()).forEach(name -> addClass(names, name));
        }
      }
    }
    try (Stream<Path> jdk =
        Files.walk(FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/java.base"))) {
      jdk.forEach(path -> addClass(names, path.toString()));
    }
    return names;
  }

  private static void addClass(Set<String> names, String file) {
    if (file.endsWith(".class")) {
      String simple = file.substring(file.lastIndexOf('/') + 1, file.length() - ".class".length());
      names.add(simple.substring(simple.lastIndexOf('$') + 1));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
