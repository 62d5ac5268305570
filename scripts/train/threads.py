"""How many threads training uses: IMGLISH_TRAIN_THREADS, or all cores. Waiting threads sleep (GOMP_SPINCOUNT=0,
set before PyTorch is loaded), since other programs want the cores.

Source: our own."""
import os

os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch  # noqa: E402

torch.set_num_threads(int(os.environ.get("IMGLISH_TRAIN_THREADS", os.cpu_count() or 1)))
