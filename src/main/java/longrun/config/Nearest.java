package longrun.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what a misspelt word was meant to be. */
public final class Nearest {
  private Nearest() {}

  /** The candidate fewest edits away, unless that is so many that the two have little in common. */
  public static Optional<String> of(String word, Collection<String> candidates) {
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .filter(candidate -> isNear(word, candidate));
  }

  /** Whether the edits are at most half of the longer word. */
  static boolean isNear(String word, String candidate) {
    return 2 * distance(word, candidate) <= Math.max(word.length(), candidate.length());
  }

  /** Whether a word is the initials of a candidate's parts: {@code lr} of {@code learning_rate}. */
  static boolean isAbbreviation(String word, String candidate) {
    String initials = normalized(candidate).replaceAll("([a-z0-9])[a-z0-9]*_?", "$1");
    return initials.length() > 1 && initials.equals(normalized(word));
  }

  /**
   * Edit distance with transpositions of neighbours ("optimal string alignment"), blind to case and
   * to the difference between {@code -} and {@code _}. Only the first 100 characters count.
   */
  public static int distance(String first, String second) {
    String a = normalized(first);
    String b = normalized(second);
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      d[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      d[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int substituted = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(substituted, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }

  private static String normalized(String word) {
    String lower = word.toLowerCase(Locale.ROOT).replace('-', '_');
    return lower.substring(0, Math.min(100, lower.length()));
  }
}
