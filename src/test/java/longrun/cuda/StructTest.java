package longrun.cuda;

import static longrun.cuda.StructLayout.array;
import static longrun.cuda.StructLayout.float32;
import static longrun.cuda.StructLayout.float64;
import static longrun.cuda.StructLayout.int32;
import static longrun.cuda.StructLayout.int64;
import static longrun.cuda.StructLayout.nested;
import static longrun.cuda.StructLayout.pointer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import longrun.cuda.StructLayout.Scalar;
import org.junit.jupiter.api.Test;

class StructTest {
  private static final StructLayout INNER =
      StructLayout.of("Inner", int32("count"), pointer("rows"), float32("scale"));
  private static final StructLayout OUTER =
      StructLayout.of(
          "Outer",
          int32("jobs"),
          int32("unused"),
          array("job", INNER, 3),
          nested("only", INNER),
          array("loss", Scalar.FLOAT64, 2),
          int64("step"),
          float64("rate"));

  @Test
  void fieldsAreAlignedNaturally() {
    assertEquals(24, INNER.bytes());
    assertEquals(8, INNER.alignment());
    assertEquals(
        List.of(0L, 8L, 16L), INNER.fields().stream().map(StructLayout.Placed::offset).toList());
    assertEquals(8 + 3 * 24 + 24 + 16 + 8 + 8, OUTER.bytes());
  }

  @Test
  void whatIsSetIsWhereTheLayoutSays() {
    Struct outer = complete();
    ByteBuffer bytes = outer.buffer();
    assertEquals(2, bytes.getInt(0));
    assertEquals(7, bytes.getInt(8 + 24));
    assertEquals(0x1122334455667788L, bytes.getLong(8 + 24 + 8));
    assertEquals(0.5f, bytes.getFloat(8 + 24 + 16));
    assertEquals(1.25, bytes.getDouble(104 + 8));
    assertEquals(0, bytes.getLong(8 + 8), "an unset pointer is null");
    assertTrue(bytes.isDirect());
    Struct again = Struct.at(OUTER, bytes, 0);
    assertEquals(7, again.element("job", 1).integer("count"));
    assertEquals(0.5, again.element("job", 1).real("scale"));
    assertEquals(1.25, again.real("loss", 1));
    assertEquals(-9, again.integer("step"));
  }

  @Test
  void aForgottenFieldIsNamed() {
    Struct outer = complete();
    outer.element("job", 2).set("count", 1);
    IllegalStateException failure = assertThrows(IllegalStateException.class, outer::buffer);
    assertEquals("Outer.job[2].scale was not set", failure.getMessage());
    assertEquals(
        "Outer.jobs was not set",
        assertThrows(IllegalStateException.class, () -> OUTER.create().buffer()).getMessage());
  }

  @Test
  void aWrongNameTypeOrPlaceIsRefused() {
    Struct outer = OUTER.create();
    check("Outer has no field joobs; it has jobs,", () -> outer.set("joobs", 1));
    check("Outer.jobs=4294967296 is no int32", () -> outer.set("jobs", 1L << 32));
    check("Outer.rate is FLOAT64, not an integer", () -> outer.set("rate", 1));
    check("Outer.step is INT64, not a real number", () -> outer.set("step", 1.0));
    check("Outer.only is ", () -> outer.set("only", 1));
    check("not an array", () -> outer.element("only", 0));
    check("not an array of structures", () -> outer.element("loss", 0));
    check("Inner is no Outer", () -> outer.copyFrom(INNER.create()));
    IndexOutOfBoundsException failure =
        assertThrows(IndexOutOfBoundsException.class, () -> outer.element("job", 3));
    assertEquals("Outer.job[3], length=3", failure.getMessage());
  }

  @Test
  void packedStructuresFollowEachOther() {
    Struct first = INNER.create().set("count", 1).set("scale", 2.0);
    Struct second = INNER.create().set("count", 3).set("scale", 4.0);
    ByteBuffer packed = Struct.pack(List.of(first, second));
    assertEquals(48, packed.remaining());
    assertEquals(3, packed.getInt(24));
    Struct copy = INNER.create().copyFrom(second);
    assertEquals(second.buffer(), copy.buffer());
  }

  private static Struct complete() {
    Struct outer = OUTER.create().set("jobs", 2).set("step", -9).set("rate", 0.1);
    outer.set("loss", 0, 1.0).set("loss", 1, 1.25);
    outer.nested("only").set("count", 5).set("scale", 1.0);
    outer.element("job", 1).set("count", 7).set("rows", 0x1122334455667788L).set("scale", 0.5);
    return outer;
  }

  private static void check(String words, org.junit.jupiter.api.function.Executable mistake) {
    String said = assertThrows(IllegalArgumentException.class, mistake).getMessage();
    assertTrue(said.contains(words), said);
  }
}
