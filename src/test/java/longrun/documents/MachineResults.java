package longrun.documents;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What one machine measured: a folder of {@code bench/results}. */
record MachineResults(Path folder) {
  private static final Path RESULTS = Path.of("bench/results");
  private static final String ABOUT = ".machine.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** All machines, in the order of their names. */
  static List<MachineResults> all() throws IOException {
    try (Stream<Path> folders = Files.list(RESULTS)) {
      return folders.filter(Files::isDirectory).sorted().map(MachineResults::new).toList();
    }
  }

  String name() {
    return folder.getFileName().toString();
  }

  boolean has(String file) {
    return Files.exists(folder.resolve(file));
  }

  JsonNode read(String file) throws IOException {
    return JSON.readTree(folder.resolve(file).toFile());
  }

  /** Names of the JMH classes that were measured, in order. */
  List<String> jmhClasses() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ABOUT))
          .map(name -> name.substring(0, name.length() - ABOUT.length()))
          .sorted()
          .toList();
    }
  }

  /** Processor, commit and so on of a JMH class. */
  JsonNode about(String jmhClass) throws IOException {
    return read(jmhClass + ABOUT);
  }

  /** One entry per benchmark and combination of parameters. */
  List<JsonNode> jmh(String jmhClass) throws IOException {
    List<JsonNode> results = new ArrayList<>();
    read(jmhClass + ".json").forEach(results::add);
    return results;
  }

  /** Names of the files that end so, in order. */
  List<String> files(String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .sorted()
          .toList();
    }
  }
}
