package longrun.task;

import java.util.ArrayList;
import java.util.List;

/**
 * The permutations of {@code degree} things, numbered in lexicographic order of their images; 0 is
 * the identity. Products are read as functions are: a·b is first b, then a, (a·b)(x) = a(b(x)).
 */
final class SymmetricGroup {
  private final List<int[]> elements = new ArrayList<>();
  private final int degree;

  SymmetricGroup(int degree) {
    this.degree = degree;
    enumerate(new int[degree], 0, 0);
  }

  private void enumerate(int[] images, int length, int used) {
    if (length == degree) {
      elements.add(images.clone());
      return;
    }
    for (int image = 0; image < degree; image++) {
      if ((used & (1 << image)) == 0) {
        images[length] = image;
        enumerate(images, length + 1, used | (1 << image));
      }
    }
  }

  /** Number of elements: degree factorial. */
  int order() {
    return elements.size();
  }

  /** Where an element sends each of 0..degree-1. */
  int[] images(int element) {
    return elements.get(element).clone();
  }

  /** a·b: first b, then a. */
  int compose(int a, int b) {
    int[] first = elements.get(b);
    int[] second = elements.get(a);
    int[] product = new int[degree];
    for (int x = 0; x < degree; x++) {
      product[x] = second[first[x]];
    }
    return number(product);
  }

  /** The element that undoes another. */
  int inverse(int a) {
    int[] images = elements.get(a);
    int[] inverse = new int[degree];
    for (int x = 0; x < degree; x++) {
      inverse[images[x]] = x;
    }
    return number(inverse);
  }

  /** Rank in the lexicographic order: the Lehmer code read in the factorial number system. */
  private int number(int[] images) {
    int rank = 0;
    for (int i = 0; i < degree; i++) {
      int smallerLater = 0;
      for (int j = i + 1; j < degree; j++) {
        smallerLater += images[j] < images[i] ? 1 : 0;
      }
      rank = rank * (degree - i) + smallerLater;
    }
    return rank;
  }
}
