"""POST /vault/rotate."""

from typing import Any

from fastapi import APIRouter

from waypost.kernel.kernel import Kernel


def routes(kernel: Kernel) -> APIRouter:
    """Return the operator's route to the vault."""
    router = APIRouter(tags=["operator"])

    @router.post("/vault/rotate", summary="Rotate the key-encryption key (operator)")
    async def rotate() -> dict[str, Any]:
        """Make a new key, re-wrap every data key with it and retire the old ones; serving goes on."""
        done = await kernel.rotation.rotate()
        return {
            "current": done.current,
            "rewrapped": done.rewrapped,
            "retired": list(done.retired),
            "kept": list(done.kept),
        }

    return router
