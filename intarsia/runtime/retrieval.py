"""Nearest passages of a bundle's index. Their vectors are made by the bundle's encoder on first use, and kept beside the index."""

from __future__ import annotations

import hashlib
import io
import math
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia import whole_file
from intarsia.errors import BundleError, RuntimeFailure, Where
from intarsia.runtime.bundle import read_json
from intarsia.runtime.encoder import Encoder
from intarsia.runtime.values import Passage

FUSION = 60
"""Reciprocal rank fusion's constant (Cormack, Clarke and Büttcher, SIGIR 2009)."""
BM25_K1, BM25_B = 1.2, 0.75
"""Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009."""

Vector = NDArray[np.float32]


class Index:
    """The passages of one retrieve node. `identity` stands for the encoder: cached vectors of another are not used."""

    def __init__(self, path: Path, encoder: Encoder, identity: str) -> None:
        self._path, self._encoder, self._identity = path, encoder, identity
        try:
            self.passages = [Passage(p["title"], p["source"], p["text"]) for p in read_json(path)["passages"]]
        except (KeyError, TypeError):
            raise BundleError("the index is damaged", where=Where(str(path)), mend="compile again") from None
        self._lock = threading.Lock()
        self._vectors: Vector | None = None
        self._words: list[Counter[str]] | None = None

    def vectors(self) -> Vector:
        """A vector of unit length for each passage, float32[passages, hidden]."""
        with self._lock:
            if self._vectors is None:
                self._vectors = self._cached() if self._cache.exists() else None
            if self._vectors is None:
                self._vectors = _unit(self._encoder.embed([f"{p.title}\n{p.text}" for p in self.passages]))
                self._keep(self._vectors)
            return self._vectors

    @property
    def _cache(self) -> Path:
        return self._path.with_name(self._path.name.removesuffix(".index.json") + ".vectors.npz")

    def _key(self) -> str:
        """Changes with the passages and with the encoder."""
        return hashlib.sha256(self._path.read_bytes() + self._identity.encode()).hexdigest()

    def _cached(self) -> Vector | None:
        try:
            with np.load(self._cache, allow_pickle=False) as stored:
                if str(stored["key"]) == self._key() and stored["vectors"].shape == (len(self.passages), self._encoder.hidden):
                    return np.asarray(stored["vectors"], np.float32)
        except (OSError, ValueError, KeyError, EOFError):  # a damaged cache is made anew
            return None
        return None

    def _keep(self, vectors: Vector) -> None:
        data = io.BytesIO()
        np.savez(data, vectors=vectors, key=np.array(self._key()))
        whole_file.keep(self._cache, lambda path: path.write_bytes(data.getvalue()))  # not in a read-only bundle: there they are made again next time

    def search(self, query: Any, top_k: int, *, text: str = "", max_words: int | None = None) -> list[Passage]:
        """The `top_k` passages nearest to `query` (a vector, or a text to embed), best first, cut to `max_words` words together.

        With the question's `text`, the order by cosine is fused with the order by BM25, which knows rare words better.
        """
        vector = self._encoder.embed([query])[0] if isinstance(query, str) else np.asarray(query, np.float32)
        vectors = self.vectors()
        if vector.shape != vectors.shape[1:]:
            what = f"the query's vector has the shape {vector.shape}, the index's {vectors.shape[1:]}"
            raise RuntimeFailure(what, where=Where(str(self._path)), mend="embed both with the same model")
        scores = vectors @ _unit(vector[None])[0]
        order = _fuse(scores, self._bm25(text)) if text else np.argsort(-scores, kind="stable")
        return _cut([_scored(self.passages[i], float(scores[i])) for i in order[:top_k].tolist()], max_words)

    def _bm25(self, text: str) -> Vector:
        if self._words is None:
            self._words = [Counter(_terms(f"{p.title} {p.text}")) for p in self.passages]
        lengths = np.array([max(words.total(), 1) for words in self._words], np.float32)
        scale = BM25_K1 * (1 - BM25_B + BM25_B * lengths / lengths.mean())
        scores = np.zeros(len(self.passages), np.float32)
        for term in set(_terms(text)):
            counts = np.array([words[term] for words in self._words], np.float32)
            found = int((counts > 0).sum())
            scores += math.log(1 + (len(counts) - found + 0.5) / (found + 0.5)) * counts * (BM25_K1 + 1) / (counts + scale)
        return scores


def _terms(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _fuse(*scores: Vector) -> NDArray[np.intp]:
    """Numbers of passages by the sum of 1 / (60 + rank) over several scores, best first."""
    total = np.zeros(len(scores[0]))
    for each in scores:
        total[np.argsort(-each, kind="stable")] += 1 / (FUSION + 1 + np.arange(len(each)))
    return np.argsort(-total, kind="stable")


def _unit(vectors: Vector) -> Vector:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def _scored(passage: Passage, score: float) -> Passage:
    return Passage(passage.title, passage.source, passage.text, score)


def _cut(passages: list[Passage], max_words: int | None) -> list[Passage]:
    if max_words is None:
        return passages
    kept: list[Passage] = []
    for passage in passages:
        words = passage.text.split()[:max_words]
        max_words -= len(words)
        if words:
            kept.append(Passage(passage.title, passage.source, " ".join(words), passage.score))
    return kept
