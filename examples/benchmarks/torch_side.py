"""The workloads in plain PyTorch, as one writes them there; weights come in the order and layout of Keras."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from workloads import WORKLOADS

Arrays = Iterator[np.ndarray]


def _set(parameter: Tensor, value: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(np.array(value)))


def set_dense(layer: nn.Linear, arrays: Arrays) -> None:
    kernel, bias = next(arrays), next(arrays)
    _set(layer.weight, kernel.reshape(layer.in_features, -1).T)
    _set(layer.bias, bias.reshape(-1))


def set_convolution(layer: nn.Conv2d, arrays: Arrays) -> None:
    _set(layer.weight, next(arrays).transpose(3, 2, 0, 1))
    if layer.bias is not None:
        _set(layer.bias, next(arrays))


def set_normalization(layer: nn.LayerNorm | nn.BatchNorm2d, arrays: Arrays) -> None:
    _set(layer.weight, next(arrays))
    _set(layer.bias, next(arrays))
    if isinstance(layer, nn.BatchNorm2d):
        _set(layer.running_mean, next(arrays))
        _set(layer.running_var, next(arrays))


class Dense(nn.Sequential):
    """The networks `mlp` and `small`."""

    def __init__(self, inputs: int, hidden: int, outputs: int, activation: nn.Module):
        super().__init__(nn.Linear(inputs, hidden), activation, nn.Linear(hidden, outputs))

    def set_weights(self, arrays: Arrays) -> None:
        set_dense(self[0], arrays)
        set_dense(self[2], arrays)


class Convolutional(nn.Module):
    def __init__(self, rate: float = 0.5):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.dropout, self.head = nn.Dropout(rate), nn.Linear(1600, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.max_pool2d(functional.relu(self.first(x.permute(0, 3, 1, 2))), 2)
        x = functional.max_pool2d(functional.relu(self.second(x)), 2)
        return self.head(self.dropout(x.flatten(1)))

    def set_weights(self, arrays: Arrays) -> None:
        set_convolution(self.first, arrays)
        set_convolution(self.second, arrays)
        _set(self.head.weight, next(arrays).reshape(5, 5, 64, 10).transpose(3, 2, 0, 1).reshape(10, -1))
        _set(self.head.bias, next(arrays))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(32, 64, batch_first=True), nn.Linear(64, 10)
        self.lstm.bias_hh_l0.requires_grad_(False).zero_()  # one bias, as in Keras

    def forward(self, x: Tensor) -> Tensor:
        _, (hidden, _) = self.lstm(x)
        return self.head(hidden[0])

    def set_weights(self, arrays: Arrays) -> None:
        _set(self.lstm.weight_ih_l0, next(arrays).T)
        _set(self.lstm.weight_hh_l0, next(arrays).T)
        _set(self.lstm.bias_ih_l0, next(arrays))
        set_dense(self.head, arrays)


class Encoder(nn.Module):
    def __init__(self, rate: float = 0.1):
        super().__init__()
        self.rate = rate
        self.projection, self.output = nn.Linear(128, 3 * 128), nn.Linear(128, 128)
        self.first, self.second = nn.LayerNorm(128, eps=1e-6), nn.LayerNorm(128, eps=1e-6)
        self.expand, self.shrink, self.head = nn.Linear(128, 256), nn.Linear(256, 128), nn.Linear(128, 10)
        self.dropout = nn.Dropout(rate)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        query, key, value = self.projection(x).view(batch, length, 3, 4, 32).permute(2, 0, 3, 1, 4)
        rate = self.rate if self.training else 0.0
        attended = functional.scaled_dot_product_attention(query, key, value, dropout_p=rate)
        attended = self.output(attended.transpose(1, 2).reshape(batch, length, width))
        x = self.first(x + self.dropout(attended))
        x = self.second(x + self.dropout(self.shrink(functional.relu(self.expand(x)))))
        return self.head(x.mean(1))

    def set_weights(self, arrays: Arrays) -> None:
        parts = [(next(arrays), next(arrays)) for _ in range(3)]
        _set(self.projection.weight, np.concatenate([kernel.reshape(128, 128).T for kernel, _ in parts]))
        _set(self.projection.bias, np.concatenate([bias.reshape(-1) for _, bias in parts]))
        kernel, bias = next(arrays), next(arrays)
        _set(self.output.weight, kernel.reshape(128, 128).T)
        _set(self.output.bias, bias)
        set_normalization(self.first, arrays)
        set_dense(self.expand, arrays)
        set_dense(self.shrink, arrays)
        set_normalization(self.second, arrays)
        set_dense(self.head, arrays)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(64, 64, 3, padding=1, bias=False) for _ in range(2))
        self.normalizations = nn.ModuleList(nn.BatchNorm2d(64, eps=1e-3, momentum=0.01) for _ in range(2))
        self.head = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 3, 1, 2)
        y = functional.relu(self.normalizations[0](self.convolutions[0](x)))
        y = self.normalizations[1](self.convolutions[1](y))
        return self.head(functional.relu(x + y).mean((2, 3)))

    def set_weights(self, arrays: Arrays) -> None:
        for convolution, normalization in zip(self.convolutions, self.normalizations, strict=True):
            set_convolution(convolution, arrays)
            set_normalization(normalization, arrays)
        set_dense(self.head, arrays)


MODELS = {
    "mlp": lambda **options: Dense(784, 128, 10, nn.ReLU()),
    "small": lambda **options: Dense(16, 16, 4, nn.Tanh()),
    "cnn": Convolutional,
    "lstm": Recurrent,
    "encoder": Encoder,
    "residual": Residual,
}


class Trainer:
    """One workload's model with its optimizer."""

    def __init__(self, name: str, weights: list[np.ndarray] | None, *, deterministic: bool = False):
        self.model = MODELS[name](**(WORKLOADS[name].deterministic if deterministic else {}))
        # Images come with the channels last; kernels in that layout are faster than kernels in PyTorch's own.
        self.model.to(memory_format=torch.channels_last)
        if weights is not None:
            self.model.set_weights(iter(weights))
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.Adam(trained, lr=0.001, fused=True)
        self.count = 0

    def fit(self, x: np.ndarray, y: np.ndarray, batch: int) -> float:
        """Train for an epoch in random order; return the mean loss. The accuracy is counted, too, as `fit` does."""
        images, labels = torch.from_numpy(x), torch.from_numpy(y).long()
        self.model.train()
        total, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for rows in torch.randperm(len(x)).split(batch):
            chosen = labels[rows]
            logits = self.model(images[rows])
            loss = functional.cross_entropy(logits, chosen)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.count += 1
            # Keras adds epsilon to the second moment before its bias is corrected, PyTorch afterwards.
            self.optimizer.param_groups[0]["eps"] = 1e-7 / math.sqrt(1 - 0.999**self.count)
            self.optimizer.step()
            total += loss.detach()
            right += (logits.detach().argmax(1) == chosen).sum()
        self.accuracy = int(right) / len(x)
        return float(total) / (len(x) // batch)

    def call(self, x: np.ndarray) -> np.ndarray:
        return self.model(torch.from_numpy(x)).detach().numpy()

    def predict(self, x: np.ndarray) -> np.ndarray:
        self.model.eval()
        with torch.inference_mode():
            return self.model(torch.from_numpy(x)).numpy()
