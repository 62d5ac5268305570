"""One training run: steps, schedule, averaged weights, checkpoints from which kill -9 costs minutes only.

All randomness of step n comes from (seed, n), so a run that goes on from a checkpoint takes the very steps that it
would have taken; a unit test compares. Source: our own.
"""
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from torch import nn

import places


@dataclass(frozen=True)
class Plan:
    """Learning rate: up over `warm_up` steps, level, then down to nothing over the last `cool_down` of `steps`."""

    name: str
    steps: int
    rate: float
    warm_up: int = 60
    cool_down: int = 0
    decay: float = 0.05
    clip: float = 3.0
    averaging: float = 0.995
    seed: int = 1
    log_every: int = 20
    check_every: int = 200
    save_seconds: float = 180.0

    def rate_at(self, step: int) -> float:
        left = (self.steps - step) / self.cool_down if self.cool_down else 1.0
        return self.rate * min(1.0, (step + 1) / self.warm_up) * min(1.0, left)


Loss = Callable[[int, np.random.Generator], dict[str, torch.Tensor]]
"""(step, random) → named losses, already weighted; their sum is minimised."""


class Session:
    """`modules` are trained (parameters that need gradients) and saved whole, by name."""

    def __init__(self, plan: Plan, modules: dict[str, nn.Module]):
        self.plan = plan
        self.modules = modules
        self.step = 0
        trained = [p for module in modules.values() for p in module.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in trained if p.dim() > 1], "weight_decay": plan.decay},
            {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
        ]
        self.trained = trained
        self.optimiser = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98), foreach=True)
        self.averages = [p.detach().clone() for p in trained]
        self.file = places.made("runs", plan.name, "checkpoint.pt")
        self.log_file = places.made("runs", plan.name, "log.txt")

    def run(self, loss: Loss, check: Callable[[], str], until: int | None = None) -> None:
        """Trains to the planned step (or `until`), checking and saving on the way; goes on where a run stopped."""
        self.resume()
        last = min(self.plan.steps, until or self.plan.steps)
        saved, totals, began = time.time(), {}, time.time()
        while self.step < last:
            random = np.random.default_rng([self.plan.seed, self.step])
            torch.manual_seed(self.plan.seed * 1_000_003 + self.step)
            parts = loss(self.step, random)
            self._update(sum(parts.values()))
            for name, value in parts.items():
                totals[name] = totals.get(name, 0.0) + float(value)
            self.step += 1
            if self.step % self.plan.log_every == 0:
                seconds = (time.time() - began) / self.plan.log_every
                shown = " ".join(f"{name} {value / self.plan.log_every:.3f}" for name, value in totals.items())
                self.log(f"step {self.step} {seconds:.2f} s/step rate {self.plan.rate_at(self.step):.1e} {shown}")
                totals, began = {}, time.time()
            if self.step % self.plan.check_every == 0 or self.step == last:
                self.checked(check)
                began = time.time()
            if time.time() - saved > self.plan.save_seconds or self.step == last:
                self.save()
                saved = time.time()

    def checked(self, check: Callable[[], str]) -> None:
        """Logs what `check` finds with the averaged weights."""
        self.swap_averages()
        for module in self.modules.values():
            module.eval()
        with torch.no_grad():
            self.log(f"step {self.step} check: {check()}")
        for module in self.modules.values():
            module.train()
        self.swap_averages()

    def swap_averages(self) -> None:
        """Exchanges trained and averaged weights."""
        with torch.no_grad():
            for index, parameter in enumerate(self.trained):
                kept = parameter.detach().clone()
                parameter.copy_(self.averages[index])
                self.averages[index] = kept

    def save(self) -> None:
        state = {
            "step": self.step,
            "modules": {name: module.state_dict() for name, module in self.modules.items()},
            "averages": self.averages,
            "optimiser": self.optimiser.state_dict(),
        }
        partial = self.file.with_suffix(".part")
        torch.save(state, partial)
        os.replace(partial, self.file)

    def resume(self) -> bool:
        if not self.file.exists():
            return False
        state = torch.load(self.file)
        for name, module in self.modules.items():
            module.load_state_dict(state["modules"][name])
        self.averages = state["averages"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]
        self.log(f"goes on at step {self.step}")
        return True

    def log(self, text: str) -> None:
        line = f"{time.strftime('%H:%M:%S')} {text}"
        print(line, flush=True)
        with open(self.log_file, "a") as stream:
            stream.write(line + "\n")

    def _update(self, total: torch.Tensor) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate_at(self.step)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.trained, self.plan.clip)
        self.optimiser.step()
        keep = min(self.plan.averaging, (self.step + 1) / (self.step + 10))
        torch._foreach_mul_(self.averages, keep)
        torch._foreach_add_(self.averages, [p.detach() for p in self.trained], alpha=1 - keep)


def averaged(run: str, modules: dict[str, nn.Module], trained: Callable[[str, str], bool] = lambda _m, _n: True) -> None:
    """Loads the averaged weights of a run into `modules`; `trained` says which parameters (module, name) the run
    trained, in its own order."""
    state = torch.load(places.WORK / "runs" / run / "checkpoint.pt")
    for name, module in modules.items():
        module.load_state_dict(state["modules"][name])
    position = 0
    with torch.no_grad():
        for name, module in modules.items():
            for parameter_name, parameter in module.named_parameters():
                if trained(name, parameter_name):
                    parameter.copy_(state["averages"][position])
                    position += 1
    if position != len(state["averages"]):
        raise SystemExit(f"run {run}: {len(state['averages'])} averaged tensors, expected {position}")


def run_file(run: str) -> Path:
    return places.WORK / "runs" / run / "checkpoint.pt"


def endless(count: int, size: int, step: int, seed: int) -> np.ndarray:
    """The indices of step `step` when `count` things are seen in shuffled epochs, `size` a step."""
    out, at = [], step * size
    while len(out) < size:
        epoch, offset = divmod(at, count)
        order = np.random.default_rng([seed, epoch, 77]).permutation(count)
        part = order[offset : offset + size - len(out)]
        out.extend(part)
        at += len(part)
    return np.asarray(out)
