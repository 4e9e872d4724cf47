"""Muon for matrices, AdamW for the rest: half the steps of AdamW alone on networks this small."""

import torch


def orthogonal(gradient: torch.Tensor, rounds: int = 5) -> torch.Tensor:
    """The nearest (semi-)orthogonal matrix, by a quintic Newton-Schulz iteration."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = gradient.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(rounds):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return (x.mT if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal; for two-dimensional weights of layers."""

    def __init__(self, parameters, lr=0.02, momentum=0.95, decay=0.01):
        super().__init__(list(parameters), dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for alike in by_shape(group["params"]):
                updates = orthogonal(torch.stack([self.momentum(p, group) for p in alike]))
                scale = max(1.0, alike[0].shape[0] / alike[0].shape[1]) ** 0.5
                for weight, update in zip(alike, updates):
                    weight.mul_(1 - group["lr"] * group["decay"])
                    weight.add_(update, alpha=-group["lr"] * scale)

    def momentum(self, weight, group) -> torch.Tensor:
        """Nesterov's look ahead of the running mean of gradients."""
        state = self.state[weight]
        if "buffer" not in state:
            state["buffer"] = torch.zeros_like(weight)
        state["buffer"].lerp_(weight.grad, 1 - group["momentum"])
        return weight.grad.lerp(state["buffer"], group["momentum"])


def by_shape(weights):
    """Lists of weights of one shape: their updates are made orthogonal in one batched product."""
    groups = {}
    for weight in weights:
        groups.setdefault(weight.shape, []).append(weight)
    return groups.values()


def optimizers(network, muon_lr: float, adam_lr: float):
    """The two optimizers that together own every parameter once."""
    matrices = [p for n, p in network.named_parameters() if p.dim() == 2 and "embed" not in n]
    others = [p for n, p in network.named_parameters() if p.dim() != 2 or "embed" in n]
    return [
        Muon(matrices, lr=muon_lr),
        torch.optim.AdamW(others, lr=adam_lr, betas=(0.9, 0.95), weight_decay=0.0),
    ]
