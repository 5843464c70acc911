"""Reading safetensors: what is right is read to the bit, what is wrong is refused with its place."""

import struct
import unittest

import support
from harness import safetensors
from harness.safetensors import SafetensorsError

F32 = struct.pack("<4f", 1.0, -2.5, 3.0, float("inf"))
I32 = struct.pack("<2i", -1, 2_000_000_000)


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


class SafetensorsTest(support.FolderTest):
    def read(self, content):
        path = self.folder / "file.safetensors"
        path.write_bytes(content)
        return safetensors.read(path)

    def refuse(self, content, *words):
        with self.assertRaises(SafetensorsError) as caught:
            self.read(content)
        for word in ("file.safetensors", *words):
            self.assertIn(word, str(caught.exception))

    def test_reads_both_types_and_no_others(self):
        header = {
            "__metadata__": {"by": "test"},
            "b": entry("I32", [2], 16, 24),
            "a": entry("F32", [2, 2], 0, 16),
            "none": entry("F32", [0, 3], 24, 24),
            "one": entry("F32", [], 24, 28),
        }
        tensors = self.read(support.safetensors(header, F32 + I32 + struct.pack("<f", 0.1)))
        self.assertEqual({"a", "b", "none", "one"}, tensors.keys())
        self.assertEqual((2, 2), tensors["a"].shape)
        self.assertEqual([1.0, -2.5, 3.0, float("inf")], list(tensors["a"].elements()))
        self.assertEqual([-1, 2_000_000_000], list(tensors["b"].elements()))
        self.assertEqual([], list(tensors["none"].elements()))
        self.assertEqual((), tensors["one"].shape)
        self.refuse(support.safetensors({"a": entry("F64", [2], 0, 16)}, F32), "a", "'F64'")

    def test_every_truncation_is_refused(self):
        whole = support.safetensors({"a": entry("F32", [4], 0, 16)}, F32)
        for length in range(len(whole)):
            self.refuse(whole[:length])

    def test_header_must_be_an_object_of_objects(self):
        self.refuse(support.safetensors("{"), "no JSON")
        self.refuse(support.safetensors("[1]"), "object")
        self.refuse(support.safetensors("[" * 100_000), "no JSON")
        self.refuse(support.safetensors({"a": 1}), "a:")
        self.refuse((8).to_bytes(8, "little") + b"\xff" * 8, "no JSON")
        self.refuse((1 << 60).to_bytes(8, "little") + b"{}", "header")

    def test_names_are_unique(self):
        one = '"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}'
        self.refuse(support.safetensors("{" + one + "," + one + "}", F32), "'a' twice")

    def test_shape_and_bytes_agree(self):
        self.refuse(support.safetensors({"a": entry("F32", [3], 0, 16)}, F32), "a", "16 bytes")
        self.refuse(support.safetensors({"a": entry("F32", [-4], 0, 16)}, F32), "a", "shape")
        self.refuse(support.safetensors({"a": entry("F32", [True], 0, 4)}, F32[:4]), "a", "shape")
        self.refuse(support.safetensors({"a": entry("F32", [4.0], 0, 16)}, F32), "a", "shape")

    def test_tensors_cover_the_file(self):
        self.refuse(support.safetensors({"a": entry("F32", [2], 0, 8)}, F32), "8 bytes")
        self.refuse(support.safetensors({"a": entry("F32", [2], 8, 16)}, F32), "a", "8")
        overlap = {"a": entry("F32", [2], 0, 8), "b": entry("F32", [3], 4, 16)}
        self.refuse(support.safetensors(overlap, F32), "b", "4")
        self.refuse(support.safetensors({"a": entry("F32", [4], 0, 16)}, F32 + b"x"), "17")
        self.refuse(support.safetensors({}, F32), "16")


if __name__ == "__main__":
    unittest.main()
