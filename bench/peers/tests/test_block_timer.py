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

        return block_timer.measure(advance, 1, 1, lambda: self.now)

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
        self.assertEqual(7, len(self.blocks), "one to warm up, and one more untimed")

    def time_epochs(self, steps_per_epoch, nanos):
        """The last of so many steps takes a tenth of the others' time."""

        def advance(count):
            for _ in range(count):
                self.steps += 1
                self.now += nanos // 10 if self.steps % steps_per_epoch == 0 else nanos

        return block_timer.measure(advance, 1, steps_per_epoch, lambda: self.now)

    def test_blocks_are_whole_epochs_since_their_last_batch_may_be_smaller(self):
        for steps_per_epoch in (2, 7, 10, 33, 400):
            for nanos in (10_000, MILLISECOND, 100 * MILLISECOND):
                with self.subTest(steps_per_epoch=steps_per_epoch, nanos=nanos):
                    self.now = self.steps = 0
                    timing = self.time_epochs(steps_per_epoch, nanos)
                    self.assertEqual(0, timing.steps_per_block % steps_per_epoch)
                    self.assertEqual(0, timing.warm_up_steps % steps_per_epoch)
                    mean = nanos * (steps_per_epoch - 0.9) / steps_per_epoch
                    self.assertAlmostEqual(mean, timing.nanos_per_step().least, delta=1e-6 * mean)
                    self.assertAlmostEqual(
                        mean, timing.nanos_per_step().greatest, delta=1e-6 * mean
                    )

    def test_blocks_of_epochs_keep_to_round_numbers_where_they_fit(self):
        self.assertEqual(2800, self.time_epochs(7, 10_000).steps_per_block, "lcm(7, 50) = 350")
        self.assertEqual(70, self.time_epochs(7, 350_000).steps_per_block, "lcm(7, 10) = 70")
        self.assertEqual(28, self.time_epochs(7, MILLISECOND).steps_per_block)

    def test_a_clock_too_coarse_for_a_block_gives_samples_all_the_same(self):
        ticks = iter(range(0, 10**9, 7))

        def advance(count):
            self.now += 0 if next(ticks) % 2 else 30 * MILLISECOND

        timing = block_timer.measure(advance, 1, 1, lambda: self.now)
        self.assertTrue(all(nanos >= 1 for nanos in timing.block_nanos))

    def test_quartiles_are_interpolated(self):
        self.assertEqual(Statistics(1, 1.75, 2.5, 3.25, 4), Statistics.of([4, 1, 3, 2]))
        self.assertEqual(Statistics(5, 5, 5, 5, 5), Statistics.of([5]))


if __name__ == "__main__":
    unittest.main()
