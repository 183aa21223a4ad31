"""Replay of the model's walks against the API: every call to Cognito and to the store waits for the model."""

import asyncio
import json
import time
from contextvars import ContextVar
from typing import Any

import httpx

from api.kit.keyed_hash import hashed_key
from api.state.address_store import AddressRecord
from api.state.memory import MemoryAddressStore
from cognito_tokens.http_client import HttpResponse, LostConnectionError
from tests.model.rule import Ending, Move, Request, State
from tests.support.cognito import SUCCESS
from tests.support.tokens import KEY

EMAIL = "ada@example.com"
PASSWORDS = {"owner": "Owners-Horse-9", "stranger": "Strangers-Horse-9"}
_WRONG = "000000"
# Calls that the model does not have: their effect does not change what it is about.
_UNGATED = {"ResendConfirmationCode", "GlobalSignOut", "RevokeToken"}
actor: ContextVar[int | None] = ContextVar("actor", default=None)


class Gates:
    """Holds each call of a request in flight until it is released."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[str, asyncio.Future[Ending]]] = {}
        self.changed = asyncio.Event()

    async def arrive(self, name: str) -> Ending:
        number = actor.get()
        if number is None:
            return "heard"
        future: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.waiting[number] = (name, future)
        self.changed.set()
        return await future

    def release(self, number: int, ending: Ending) -> None:
        self.waiting.pop(number)[1].set_result(ending)


class ModelCognito:
    """Cognito as the model has it, in place of the HTTP client of the pool."""

    def __init__(self, gates: Gates) -> None:
        self.gates = gates
        self.status, self.password, self.sub = "none", "", 0
        self.code: str | None = None
        self.reset_code: str | None = None
        self.issued = 0
        self.on_its_way: list[tuple[str, dict[str, Any]]] = []

    def head(self, _method: str, _path: str, headers: dict[str, str]) -> bytes:
        return headers.get("X-Amz-Target", "").rpartition(".")[2].encode()

    async def exchange(self, head: bytes, body: bytes = b"") -> HttpResponse:
        operation = head.decode()
        if not operation:
            return HttpResponse(200, {"content-type": "application/json"}, KEY.jwks())
        request = json.loads(body)
        ending = "heard" if operation in _UNGATED else await self.gates.arrive(operation)
        if ending == "on its way":
            self.on_its_way.append((operation, request))
        if ending in {"not executed", "on its way"}:
            raise LostConnectionError
        status, answer = self.execute(operation, request)
        if ending == "executed, lost":
            raise LostConnectionError
        return HttpResponse(status, {"content-type": "application/x-amz-json-1.1"}, json.dumps(answer).encode())

    async def aclose(self) -> None:
        pass

    def new_code(self) -> str:
        self.issued += 1
        return f"{self.issued:06}"

    def execute(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        match operation:
            case "SignUp" if self.status != "none":
                return _refusal("UsernameExistsException")
            case "SignUp":
                self.status, self.password, self.code = "unconfirmed", request["Password"], self.new_code()
                self.sub += 1
                return 200, {"UserConfirmed": False, "UserSub": str(self.sub)}
            case "ConfirmSignUp" if self.status in {"confirmed", "reset required"}:
                return _refusal("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
            case "ConfirmSignUp" if self.status == "none" or request["ConfirmationCode"] != self.code:
                return _refusal("CodeMismatchException")
            case "ConfirmSignUp":
                self.status, self.code = "confirmed", None
                return 200, {}
            case "InitiateAuth" if self.status == "unconfirmed":
                return _refusal("UserNotConfirmedException")
            case "InitiateAuth":
                right = self.status == "confirmed" and request["AuthParameters"]["PASSWORD"] == self.password
                return (200, self.tokens()) if right else _refusal("NotAuthorizedException")
            case "ForgotPassword":
                if self.status in {"confirmed", "reset required"}:
                    self.reset_code = self.new_code()
                return 200, SUCCESS["ForgotPassword"]
            case "ConfirmForgotPassword" if self.reset_code is None or request["ConfirmationCode"] != self.reset_code:
                return _refusal("CodeMismatchException")
            case "ConfirmForgotPassword":
                self.status, self.password, self.reset_code = "confirmed", request["Password"], None
                return 200, {}
            case _:
                assert operation in _UNGATED, operation
                return 200, SUCCESS[operation]

    def tokens(self) -> dict[str, Any]:
        access = KEY.token(sub=f"user {self.sub}", auth_time=int(time.time()))
        tokens = {"AccessToken": access, "IdToken": KEY.id_token(), "RefreshToken": "r", "ExpiresIn": 3600}
        return {"AuthenticationResult": {**tokens, "TokenType": "Bearer"}, "ChallengeParameters": {}}


def _refusal(code: str, message: str = "upstream text") -> tuple[int, dict[str, Any]]:
    return 400, {"__type": code, "message": message}


class GatedStore(MemoryAddressStore):
    """The store in memory, which survives crashes here, with a gate before each call."""

    def __init__(self, gates: Gates) -> None:
        super().__init__()
        self.gates = gates
        self.marked: dict[int, tuple[str, str]] = {}

    async def read(self, key: str) -> Any:
        await self.gates.arrive("read")
        return await super().read(key)

    async def count_attempt(self, key: str, attempt: str) -> None:
        await self.gates.arrive("count_attempt")
        await super().count_attempt(key, attempt)

    async def put(self, key: str, name: Any, value: str, expires_at: int) -> None:
        await self.gates.arrive("put")
        await super().put(key, name, value, expires_at)

    async def delete(self, key: str, name: Any) -> None:
        # In the model it is one step with what precedes it.
        await super().delete(key, name)

    async def set_mark(self, key: str, mark: str, until: int) -> None:
        await self.gates.arrive("set_mark")
        self.marked[actor.get() or 0] = (key, mark)
        await super().set_mark(key, mark, until)

    async def remove_marks(self, key: str, marks: Any) -> None:
        await self.gates.arrive("remove_marks")
        await super().remove_marks(key, marks)

    async def time_passes(self, number: int) -> None:
        """A mark that a crashed request has left becomes one that stands."""
        key, mark = self.marked[number]
        if mark in self._marks.get(key, {}):
            await super().set_mark(key, mark, 0)

    def record(self) -> AddressRecord:
        """What is known of the one address."""
        key = hashed_key("pool", EMAIL)
        sign_up, accepted, sub = (self._get(key, name) for name in ("sign-up", "accepted", "sub"))
        marks = dict(self._marks.get(key, {}))
        return AddressRecord(sign_up.value, sign_up.number, accepted.value, marks, sub.value or None)

    def expire(self) -> None:
        for key in list(self._entries):
            if key[1] != "sub":
                del self._entries[key]


class Replay:
    """The API, its requests in flight, and the world around it."""

    def __init__(self, api: httpx.AsyncClient, cognito: ModelCognito, store: GatedStore) -> None:
        self.api, self.cognito, self.store, self.gates = api, cognito, store, cognito.gates
        self.tasks: dict[int, asyncio.Task[httpx.Response]] = {}
        self.deleted = False

    async def make(self, move: Move) -> None:
        """Make one step of the model, and compare the answer if a request ends."""
        if move.request is None:
            await self._happen(move)
        elif move.result == "crash":
            await self._crash(move.request)
        elif move.result:
            await self._finish(move.request, move)
        else:
            await self._step(move.request, move)
        self._compare(move.state)

    def _compare(self, state: State) -> None:
        """The store has what the model has."""
        record = self.store.record()
        in_flight = len(record.marks) - len(record.standing)
        sub = {None: "", f"user {self.cognito.sub}": "deleted" if self.cognito.status == "none" else "current"}
        found = (
            min(2, record.attempts),
            record.is_sole,
            bool(record.standing),
            in_flight,
            sub.get(record.sub, "deleted"),
        )
        store = state.store
        is_sole = store.attempts == 1 and store.accepted
        marks = sum(request.has_mark for request in state.requests)
        assert found == (store.attempts, is_sole, store.stands, marks, store.sub), (found, state)

    async def aclose(self) -> None:
        for number in list(self.tasks):
            await self._cancel(number)

    async def _happen(self, move: Move) -> None:
        _, _, what = move.label.partition(" ")
        started = [request for request in move.state.requests if request.number not in self.tasks]
        if started:
            await self._start(started[0])
        elif what in {"resend", "forgot"}:
            operation = "ForgotPassword" if what == "forgot" else ""
            if operation:
                self.cognito.execute(operation, {})
            else:
                self.cognito.code = self.cognito.new_code()
        elif move.label == "entry expires":
            self.store.expire()
        elif move.label == "code expires":
            self.cognito.code = None
        elif move.label.endswith("deleted"):
            self.deleted = True
            self.cognito.status, self.cognito.code, self.cognito.reset_code = "none", None, None
        elif move.label.startswith("late"):
            await self._late(move)
        elif move.label == "restart":
            for number in list(self.tasks):
                await self._cancel(number)
                if number in self.store.marked:
                    await self.store.time_passes(number)
        else:
            assert move.label == "stranger signs up elsewhere", move.label
            self.cognito.execute("SignUp", {"Password": PASSWORDS["stranger"]})

    async def _late(self, move: Move) -> None:
        kinds = {"sign": "SignUp", "confirm": "ConfirmSignUp", "set": "ConfirmForgotPassword"}
        _, what, *_ = move.label.split()
        person = move.label.rpartition(", ")[2]
        wanted = [
            call
            for call in self.cognito.on_its_way
            if call[0] == kinds[what] and call[1].get("Password") in {None, PASSWORDS.get(person)}
        ]
        # The model forgets a call with a replaced code, and the newest is the one that it remembers.
        self.cognito.on_its_way.remove(wanted[-1])
        self.cognito.execute(*wanted[-1])

    async def _start(self, request: Request) -> None:
        body: dict[str, Any] = {"email": EMAIL}
        if request.password:
            name = "new_password" if request.kind == "reset" else "password"
            body[name] = PASSWORDS[request.password]
        if request.kind in {"verify", "reset"}:
            right = self.cognito.code if request.kind == "verify" else self.cognito.reset_code
            body["code"] = right if request.code == "right" else _WRONG
        path = "/password/reset" if request.kind == "reset" else f"/{request.kind}"

        async def run() -> httpx.Response:
            actor.set(request.number)
            return await self.api.post(path, json=body)

        self.tasks[request.number] = asyncio.create_task(run())
        await self._settle(request.number)

    async def _settle(self, number: int) -> None:
        """Wait until the request is at a gate, or over."""
        task = self.tasks[number]
        async with asyncio.timeout(10):
            while number not in self.gates.waiting and not task.done():
                self.gates.changed.clear()
                changed = asyncio.create_task(self.gates.changed.wait())
                await asyncio.wait([changed, task], return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()

    async def _release(self, number: int, ending: Ending = "heard") -> None:
        self.gates.release(number, ending)
        await self._settle(number)

    async def _step(self, request: Request, move: Move) -> None:
        number = request.number
        if move.label == "InitiateAuth" and move.ending == "not executed":
            while number in self.gates.waiting and self.gates.waiting[number][0] == "InitiateAuth":
                await self._release(number, move.ending)
            return
        # With a right code, an address past sign-up gets its mark after all.
        for _ in range(2 if move.label == "judge" and request.is_past_sign_up else 1):
            assert number in self.gates.waiting, (move, self.tasks[number])
            await self._release(number, move.ending)

    async def _finish(self, request: Request, move: Move) -> None:
        number = request.number
        while number in self.gates.waiting:
            name = self.gates.waiting[number][0]
            gives_up = move.label == "give up" and name in {"SignUp", "ConfirmSignUp", "ConfirmForgotPassword"}
            await self._release(number, "not executed" if gives_up else "heard")
        response = await self.tasks.pop(number)
        shown = {"tokens": "200", "ended tokens": "200"}.get(move.result, move.result)
        status = str(response.status_code)
        assert (status[0] + "xx" if shown == "5xx" else status) == shown, (move, response.text)
        if request.person == "stranger" and move.result == "ended tokens" and not self.deleted:
            bearer = {"Authorization": f"Bearer {response.json()['access_token']}"}
            assert (await self.api.get("/session", headers=bearer)).status_code == 401

    async def _crash(self, request: Request) -> None:
        await self._cancel(request.number)
        if request.has_mark:
            await self.store.time_passes(request.number)

    async def _cancel(self, number: int) -> None:
        task = self.tasks.pop(number)
        if number in self.gates.waiting:
            self.gates.waiting.pop(number)[1].cancel()
        task.cancel()
        await asyncio.wait([task])
