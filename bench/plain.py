"""What most teams would write: FastAPI + httpx + SQLAlchemy, one proxy route and one mapping."""

import os
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request, Response
from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

UPSTREAM = os.environ["BENCH_UPSTREAM"]
engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['BENCH_DATABASE']}")
sessions = async_sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Account(Base):
    __tablename__ = "account"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    token: Mapped[str]


class Call(Base):
    __tablename__ = "call"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    path: Mapped[str]
    status: Mapped[int]


@asynccontextmanager
async def lifespan(app: FastAPI):  # type: ignore[no-untyped-def]
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with sessions() as session:
        session.add(Account(id="a", token="secret"))
        await session.commit()
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


async def fetch(request: Request, path: str) -> httpx.Response:
    if request.headers.get("authorization") != "Bearer bench":
        raise HTTPException(401)
    async with sessions() as session:
        account = (await session.execute(select(Account).where(Account.id == "a"))).scalar_one()
        token = account.token
    answer: httpx.Response = await app.state.client.request(
        request.method,
        f"{UPSTREAM}/{path}",
        headers={"authorization": f"Bearer {token}"},
        content=await request.body(),
    )
    async with sessions() as session:
        session.add(Call(account_id="a", path=path, status=answer.status_code))
        await session.commit()
    return answer


@app.api_route("/passthrough/a/{path:path}", methods=["GET", "POST"])
async def passthrough(request: Request, path: str) -> Response:
    answer = await fetch(request, path)
    return Response(answer.content, answer.status_code, media_type=answer.headers["content-type"])


@app.get("/unified/users")
async def users(request: Request) -> Any:
    rows = (await fetch(request, "users")).json()["data"]
    return {
        "result": [
            {
                "id": str(row["id"]),
                "first_name": row["name"],
                "last_name": row["last_name"],
                "name": f"{row['name']} {row['last_name']}".strip(),
                "emails": [{"email": row["email"], "is_primary": True}],
                "status": "active",
                "is_2fa_enabled": row["2fa"],
                "roles": [{"id": row["role"].lower().replace(" ", "_"), "name": row["role"]}],
                "permissions": row["permissions"],
                "avatar": row["avatar"],
                "created_at": row["created_at"],
                "updated_at": row["updated_at"],
                "remote_data": row,
            }
            for row in rows
        ],
        "next_cursor": None,
    }
