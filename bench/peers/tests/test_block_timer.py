"""The block timer, by a made-up clock: the cases and figures of longrun.measure.BlockTimerTest."""

import math
import unittest

import support  # noqa: F401 - finds the harness
from harness import block_timer
from harness.block_timer import Statistics

MILLISECOND = 1_000_000
SECOND = 1_000 * MILLISECOND


class BlockTimerTest(unittest.TestCase):
    def setUp(self):
        self.now = 0
        self.steps = 0
        self.blocks = []

    def time(self, nanos_of_step):
        """Measures with a budget of a second; a step's time depends on when it starts."""

        def advance(count):
            self.blocks.append(count)
            for _ in range(count):
                self.now += nanos_of_step(self.now)
                self.steps += 1

        return block_timer.measure(advance, 1, lambda: self.now)

    def test_steady_steps_are_measured_for_the_budget_after_half_of_it(self):
        timing = self.time(lambda at: MILLISECOND)
        self.assertTrue(timing.settled)
        self.assertGreaterEqual(timing.warm_up_nanos, SECOND // 2)
        self.assertLess(timing.warm_up_nanos, SECOND * 6 // 10)
        self.assertEqual(20, timing.steps_per_block, "25 fit a fortieth of the budget: two tens")
        self.assertEqual(50, len(timing.block_nanos))
        self.assertEqual(Statistics(1e6, 1e6, 1e6, 1e6, 1e6), timing.nanos_per_step())
        self.assertEqual(self.steps, timing.warm_up_steps + 20 * 50)

    def test_blocks_of_short_steps_are_multiples_of_fifty(self):
        self.assertEqual(2500, self.time(lambda at: 10_000).steps_per_block)
        self.assertEqual(2750, self.time(lambda at: 9_000).steps_per_block)

    def test_warm_up_lasts_until_times_are_steady(self):
        # From eleven milliseconds down to one, nine tenths of it within 0.7 seconds.
        timing = self.time(
            lambda at: MILLISECOND + int(10 * MILLISECOND * math.exp(-at / (0.3 * SECOND)))
        )
        self.assertTrue(timing.settled)
        self.assertGreater(timing.warm_up_nanos, SECOND)
        self.assertLess(timing.nanos_per_step().greatest, 1.3 * MILLISECOND)

    def test_times_that_never_settle_say_so(self):
        timing = self.time(lambda at: MILLISECOND + at // 100)
        self.assertFalse(timing.settled)
        self.assertGreaterEqual(timing.warm_up_nanos, 2 * SECOND)
        self.assertLess(timing.warm_up_nanos, 2.5 * SECOND)

    def test_steps_longer_than_the_budget_are_taken_one_by_one(self):
        timing = self.time(lambda at: 10 * SECOND)
        self.assertEqual(1, timing.steps_per_block)
        self.assertEqual(block_timer.FEWEST_BLOCKS, len(timing.block_nanos))
        self.assertFalse(timing.settled)
        self.assertEqual(6, len(self.blocks), "one to warm up")

    def test_a_clock_too_coarse_for_a_block_gives_samples_all_the_same(self):
        ticks = iter(range(0, 10**9, 7))

        def advance(count):
            self.now += 0 if next(ticks) % 2 else 30 * MILLISECOND

        timing = block_timer.measure(advance, 1, lambda: self.now)
        self.assertTrue(all(nanos >= 1 for nanos in timing.block_nanos))

    def test_quartiles_are_interpolated(self):
        self.assertEqual(Statistics(1, 1.75, 2.5, 3.25, 4), Statistics.of([4, 1, 3, 2]))
        self.assertEqual(Statistics(5, 5, 5, 5, 5), Statistics.of([5]))


if __name__ == "__main__":
    unittest.main()
