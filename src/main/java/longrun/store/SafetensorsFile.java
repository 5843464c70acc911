package longrun.store;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import longrun.model.Tensors;

/**
 * What a safetensors file holds.
 *
 * @param tensors in the order of their data
 * @param metadata the header's {@code __metadata__}; empty if there is none
 */
public record SafetensorsFile(Tensors tensors, Map<String, String> metadata) {
  public SafetensorsFile {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }
}
