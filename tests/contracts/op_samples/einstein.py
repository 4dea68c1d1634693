"""Samples of `hybrid.ops.einstein`."""

from __future__ import annotations

from tests.contracts.samples import CUBE, ROW, SQUARE, Call, X, Y, call

SAMPLES: dict[str, list[Call]] = {
    "einsum": [
        call("ij,jk->ik", X, SQUARE),
        call("ij,jk", X, SQUARE),
        call("ij->ji", X),
        call("ij->j", X),
        call("ij->", X),
        call("ii->i", SQUARE),
        call("ii", SQUARE),
        call("...j,jk->...k", X, SQUARE),
        call("abc,b->ac", CUBE, ROW),
        call("bij,bkj->bik", CUBE, CUBE),
        call("...ij,kj->...ik", CUBE, CUBE[0]),
        call("ij,ij,j->i", X, Y, ROW),
    ],
}
