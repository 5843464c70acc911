#!/usr/bin/env python3
"""PyTorch, eager: the training loop as it is written by everybody, with the fastest AdamW.

Variants: "last" computes the last layer's MLP and the unembedding at the last position only, since
nothing else is read; "sdpa" takes torch's own attention.
"""

from __future__ import annotations

import harness
import pytorch_common as common


def build(experiment: harness.Experiment, options: harness.Options) -> harness.Peer:
    """The peer, its data on the device."""
    version = common.require((2, 0) if "sdpa" in options.variants else common.OLDEST, "this peer")
    device = common.set_up(options)
    import torch
    from torch.nn.functional import cross_entropy

    from pytorch_model import Transformer, initial_state

    class EagerPeer:
        def __init__(self) -> None:
            self.version = version
            self.on = common.describe(options)
            self.examples = common.Examples(experiment, 1, device)
            self.model = Transformer(
                experiment, "last" in options.variants, "sdpa" in options.variants
            ).to(device)

        @common.reports_memory
        def load(self, runs: int) -> None:
            self.model.load_state_dict(initial_state(experiment, 0))
            self.optimizer = common.adamw(self.model.parameters(), experiment, device)
            self.scheduler = common.warmup(self.optimizer, experiment)
            self.step = 0

        @common.reports_memory
        def train_losses(self) -> list[float]:
            return [common.mean_loss(self.model, self.examples)]

        @common.reports_memory
        def advance(self, steps: int) -> None:
            for _ in range(steps):
                tokens, labels = self.examples.batch(self.step)
                self.optimizer.zero_grad(set_to_none=True)
                cross_entropy(self.model(tokens), labels).backward()
                self.optimizer.step()
                self.scheduler.step()
                self.step += 1
            if options.cuda:
                torch.cuda.synchronize()

    return EagerPeer()


if __name__ == "__main__":
    common.main("pytorch-eager", build, variants=("last", "sdpa"))
